import { dirname } from 'node:path/posix';
import type { Store } from '../dump-files/store.ts';
import { numberOf } from './chain.ts';

interface Wanted {
  /** The place that is being looked at, as a plan would name it. */
  readonly place: string;
  /** Names that the backups give their logs, without a number. */
  readonly stems: ReadonlySet<string>;
  /** Folders of backups, which hold a log of their own. */
  readonly apart: ReadonlySet<string>;
}

/** The folder in which such logs lie, as a plan names it. Undefined: none of them is there. */
export async function folderOfLogs(store: Store, { place, stems, apart }: Wanted, stop: AbortSignal): Promise<string | undefined> {
  if (stems.size === 0) return undefined;
  for await (const entry of store.entries(stop)) {
    const folder = dirname(entry.key);
    if (apart.has(folder) || ![...stems].some(stem => numberOf(entry, stem) !== undefined)) continue;
    return folder === '.' ? place : `${place.replace(/\/$/, '')}/${folder}`;
  }
  return undefined;
}

export function sayLogs(folder: string | undefined): string {
  return folder === undefined
    ? 'name the folder of the binary logs as `binlogs`, if they are copied: without it only the backups themselves can be restored'
    : 'binary logs lie there too: a drill replays them to the newest transaction';
}
