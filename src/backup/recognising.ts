import { BackupError, type BackupErrorCode, type Listing } from './backup.ts';

/** `init` may be given an address such as `s3://bucket`: no folder of this machine. */
export function isAddress(place: string): boolean {
  return /^[a-z0-9]+:\/\//i.test(place);
}

/** What `look` gives; undefined if it could not look (for one of these reasons, if any are named): the place may be another tool's. */
export async function unlessRefused<T>(look: () => Promise<T>, codes?: readonly BackupErrorCode[]): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof BackupError && (codes?.includes(error.code) ?? true)) return undefined;
    throw error;
  }
}

/** Codes of what speaks against a store, for the remarks of `init`. */
export function doubtsIn(listing: Listing): readonly string[] {
  return listing.findings.filter(({ outcome }) => outcome === 'failed' || outcome === 'inconclusive').map(({ code }) => code);
}
