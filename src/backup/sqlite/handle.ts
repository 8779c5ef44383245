import type { Entry } from '../dump-files/store.ts';
import type { SqliteHeader } from './header.ts';
import type { FoundDatabase } from './look.ts';
import type { OuterCompression } from '../dump-files/wrapping.ts';

/** What `fetch` and `restore` must know of a database. */
export interface SqliteHandle extends Pick<FoundDatabase, 'entry' | 'wal' | 'shm' | 'journal'> {
  readonly compression: OuterCompression;
  readonly header: SqliteHeader;
  /** From a manifest: of the database alone. */
  readonly sha256: string | null;
}

/** Parts in the staging folder, under names of ours. */
export const STAGED: Readonly<Record<'entry' | 'wal' | 'shm' | 'journal', string>> = {
  entry: 'main',
  wal: 'wal',
  shm: 'shm',
  journal: 'journal',
};

/** The handle as it came out of JSON or of another process. */
export function readHandle(handle: Readonly<Record<string, unknown>>): SqliteHandle {
  return handle as unknown as SqliteHandle;
}

/** Every file of it, with its name in the staging folder. */
export function partsOf(handle: SqliteHandle): readonly { readonly entry: Entry; readonly staged: string }[] {
  return (['entry', 'wal', 'shm', 'journal'] as const).flatMap(name => {
    const entry = handle[name];
    return entry === null ? [] : [{ entry, staged: STAGED[name] }];
  });
}
