import { BackupError, type StoreAccess } from '../backup.ts';
import { openFolder } from './folder-store.ts';
import { bucketOf, readPlace } from './place-options.ts';

/** One thing in a store. */
export interface Entry {
  /** Path below the store's root with `/`, as the store spells it. Never recorded or printed. */
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: string;
  /** What the store says to tell these bytes from others: S3's ETag; of a file its inode and change time. */
  readonly etag: string | null;
  /** A link out of the store, a device, a fifo, or not readable for us: listed, never opened. */
  readonly refused?: 'link' | 'special' | 'unreadable';
}

/** A place that holds dumps: formats know nothing of places, places nothing of formats. All of it throws BackupError only. */
export interface Store extends AsyncDisposable {
  /** For the record: folder or bucket as the plan says it. */
  readonly location: string;
  entries(stop: AbortSignal): AsyncIterable<Entry>;
  /** Up to `length` bytes; fewer only at the end. `bytes-changed` if it is no longer the entry that was listed. */
  read(entry: Entry, range: { readonly from: number; readonly length: number }, stop: AbortSignal): Promise<Buffer>;
  /** The entry as it is now, or undefined if it is gone. */
  again(entry: Entry, stop: AbortSignal): Promise<Entry | undefined>;
  /** Brings the whole entry to this host file and gives its SHA-256; continues what an earlier run left. */
  copy(entry: Entry, to: CopyTo, stop: AbortSignal): Promise<string>;
}

export interface CopyTo {
  readonly file: string;
  progress(doneBytes: number): void;
}

/** The place that the plan names. Opens nothing yet. */
export async function openStore(access: StoreAccess): Promise<Store> {
  const options = readPlace(access.section);
  return openPlace(options.from, access);
}

/** Any place with the credentials of this plan: the globals may lie elsewhere. */
export async function openPlace(place: string, access: StoreAccess): Promise<Store> {
  const options = readPlace(access.section);
  const bucket = bucketOf(place);
  if (bucket === undefined) return openFolder(place);
  // The SDK of the object store takes half a second to load: only who has a bucket pays for it.
  const { openS3 } = await import('./s3-store.ts');
  return openS3({ ...bucket, location: place, options, env: access.env });
}

/** For every loop over a store. */
export function throwIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new BackupError('stopped', 'stopped while reading the backup store', { hint: 'Start the drill again.' });
}

/** A file that is replaced while we look is not a bad one. */
export async function throwIfChanged(store: Store, entry: Entry, stop: AbortSignal): Promise<void> {
  const now = await store.again(entry, stop);
  if (now?.etag === entry.etag) return;
  throw new BackupError(now === undefined ? 'object-gone' : 'bytes-changed', 'a backup changed while it was looked at', {
    hint: 'Nothing is to be done: the next check looks again. See whether the backup job writes under the final name.',
  });
}

/** What is saved beside each backup (accounts, settings): what is nearest in time belongs to it. */
export function nearest(entry: Entry, beside: readonly Entry[]): Entry | null {
  const apart = (other: Entry): number => Math.abs(Date.parse(other.modifiedAt) - Date.parse(entry.modifiedAt));
  return [...beside].sort((a, b) => apart(a) - apart(b))[0] ?? null;
}
