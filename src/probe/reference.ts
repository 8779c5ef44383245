import { createHash } from 'node:crypto';
import { normalize } from 'node:path/posix';

/** How the paths of rows and those of restored files differ. */
export interface PathTerms {
  /** Beginning that only the rows have. */
  readonly strip: string | null;
  /** Beginning that only the restored files have. */
  readonly below: string | null;
}

/** Where a row's file is, below the restored folder. Not checked yet: a row is as untrusted as the files. */
export function pathOf(said: string, { strip, below }: PathTerms): string {
  const rest = strip !== null && said.startsWith(strip) ? said.slice(strip.length) : said;
  return normalize(`${below === null ? '' : `${below}/`}${rest}`).replace(/^\/+/, '');
}

/** A name as it is compared without being kept: 80 bits of its SHA-256. */
export function nameDigest(name: string): string {
  return createHash('sha256').update(name).digest('base64url').slice(0, 14);
}
