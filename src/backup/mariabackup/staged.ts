import type { BinlogFiles, TableKeys } from '../mariadb-files.ts';
import type { MariabackupHandle } from './list.ts';

/** What restoring must know beside what was listed. */
export interface StagedHandle extends MariabackupHandle {
  /** Keys of encrypted tables, below the staging folder. */
  readonly tableKeys: TableKeys | null;
  /** Binary logs that were fetched and proved. */
  readonly stagedBinlogs: BinlogFiles | null;
}

/** The handle as it came out of JSON. */
export function readStaged(handle: Readonly<Record<string, unknown>>): StagedHandle {
  return { tableKeys: null, stagedBinlogs: null, ...(handle as unknown as MariabackupHandle & Partial<StagedHandle>) };
}
