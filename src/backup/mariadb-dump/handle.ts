import type { BinlogPlace } from '../binlogs/place.ts';
import type { ListedBinlogs } from '../binlogs/stage.ts';
import type { Entry } from '../dump-files/store.ts';
import type { OuterCompression } from '../dump-files/wrapping.ts';
import type { BinlogFiles } from '../mariadb-files.ts';

/** What `fetch` and `restore` must know of a dump. It comes from its bytes, never from a name in the store. */
export interface MariaDumpHandle {
  readonly compression: OuterCompression;
  readonly entry: Entry;
  /** Where the accounts are (`mariadb-dump --system=users`), if they lie among the dumps. */
  readonly usersEntry: Entry | null;
  /** From a manifest. */
  readonly sha256: string | null;
  /** Name of the database; `null`: it does not say, or of several. */
  readonly database: string | null;
  /** The tool writes comments, a last line among them. */
  readonly commented: boolean;
  /** Name in the staging folder of the accounts, once they are there. */
  readonly users: string | null;
  /** It does not say into which schema it is to be restored. */
  readonly nameless: boolean;
  readonly place: BinlogPlace | null;
  /** Replayed over it; `null`: only the dump itself. */
  readonly binlogs: ListedBinlogs | null;
  /** Binary logs that were fetched and proved. */
  readonly stagedBinlogs: BinlogFiles | null;
}

export const STAGED_FILE = 'dump';
export const STAGED_USERS = 'users.sql';

/** The handle as it came out of JSON or of another process. */
export function readHandle(handle: Readonly<Record<string, unknown>>): MariaDumpHandle {
  return handle as unknown as MariaDumpHandle;
}
