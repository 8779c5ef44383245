import type { BinlogFiles, TableKeys } from '../mariadb-files.ts';
import type { MariabackupHandle } from './list.ts';

/** Name of a stream in its folder of the staging folder. */
export const STREAM = 'stream';

/** What restoring must know beside what was listed. */
export interface StagedHandle extends MariabackupHandle {
  /** Keys of encrypted tables, below the staging folder. */
  readonly tableKeys: TableKeys | null;
  /** Which parts of the chain are a stream, still to be unpacked. */
  readonly streams: readonly boolean[];
  /** Binary logs that were fetched and proved. */
  readonly stagedBinlogs: BinlogFiles | null;
}

/** The handle as it came out of JSON. */
export function readStaged(handle: Readonly<Record<string, unknown>>): StagedHandle {
  return { tableKeys: null, stagedBinlogs: null, streams: [], ...(handle as unknown as MariabackupHandle & Partial<StagedHandle>) };
}
