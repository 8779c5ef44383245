import type { ByteSource } from '../../system/range.ts';
import { BackupError } from '../backup.ts';
import { BadStateBackup, readStateHeader, type StateHeader } from '../state-backup.ts';
import { stateLines } from '../state-reading.ts';
import { openEntry, type Entry } from './entry.ts';
import { isPacked, textOf } from './unpack.ts';

/** What a file is, by its first line. */
export type Seen =
  | { readonly entry: Entry; readonly is: 'backup'; readonly header: StateHeader }
  | { readonly entry: Entry; readonly is: 'bad'; readonly fault: BadStateBackup }
  | { readonly entry: Entry; readonly is: 'empty' | 'unreadable' };

/** Characters of a header: it holds the definitions of all tables. */
const LONGEST_HEADER = 4 << 20;

/** Opens a file and reads its first line. A file that went away is not there. */
export async function lookAt(place: string, entry: Entry, stop: AbortSignal): Promise<Seen | undefined> {
  if (entry.refused) return { entry, is: 'unreadable' };
  if (entry.size === 0) return { entry, is: 'empty' };
  try {
    await using source = await openEntry(place, entry);
    return { entry, is: 'backup', header: await headerOf(source, stop) };
  } catch (error) {
    if (error instanceof BadStateBackup) return { entry, is: 'bad', fault: error };
    if (error instanceof BackupError && error.code === 'store-unreadable') return { entry, is: 'unreadable' };
    if (error instanceof BackupError && ['object-gone', 'store-missing'].includes(error.code)) return undefined;
    throw error;
  }
}

/** Throws BadStateBackup. */
export async function headerOf(source: ByteSource, stop: AbortSignal): Promise<StateHeader> {
  if (!(await isPacked(source))) throw new BadStateBackup('foreign', 'it is no gzip file');
  for await (const line of stateLines(textOf(source, stop), LONGEST_HEADER)) return readStateHeader(line);
  throw new BadStateBackup('cut', 'it has no first line');
}
