import { basename, dirname, join } from 'node:path';
import { isCode, lstat, readdir, stat } from '../../system/files.ts';
import { BackupError } from '../backup.ts';
import { openFileSource, type OpenSource } from '../../system/range.ts';

/** One file of a folder of backups. */
export interface Entry {
  /** Path below the place. Never recorded or printed. */
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: string;
  /** Tells these bytes from others under the same name. */
  readonly identity: string;
  /** A link, a device, a fifo, or a folder that cannot be entered: never opened. */
  readonly refused: boolean;
}

/** Backups are kept in folders by year, month and day at most. */
const DEEPEST = 4;

/** Everything in the place, which may also be one file. Throws BackupError. */
export async function entriesIn(place: string, stop: AbortSignal): Promise<readonly Entry[]> {
  return translated(place, async () => {
    const facts = await stat(place);
    if (!facts.isFile()) return walk({ place, folder: '', depth: 0 }, stop);
    const only = await entryAt(dirname(place), basename(place));
    return only === undefined ? [] : [only];
  });
}

/** The entry as it is now; undefined if it is gone. */
export async function entryAgain(place: string, { key }: Pick<Entry, 'key'>): Promise<Entry | undefined> {
  return translated(place, async () => entryAt(await rootOf(place), key));
}

/** Opens the bytes of an entry. Throws BackupError `object-gone`, `bytes-changed` if they are not the listed ones any more. */
export async function openEntry(place: string, entry: Entry): Promise<OpenSource> {
  await sameOrThrow(place, entry);
  return translated(place, async () => openFileSource(join(await rootOf(place), entry.key)));
}

/** A file that is replaced while we look is neither good nor bad. Throws BackupError. */
export async function sameOrThrow(place: string, entry: Entry): Promise<void> {
  const now = await entryAgain(place, entry);
  if (now?.identity === entry.identity) return;
  throw new BackupError(now === undefined ? 'object-gone' : 'bytes-changed', 'a backup changed or went away while it was looked at', {
    hint: 'See whether something was still writing it, and start again when that has ended.',
  });
}

/** For every loop over files or bytes. */
export function throwIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new BackupError('stopped', 'stopped while reading the backups', { hint: 'Start the drill again.' });
}

async function rootOf(place: string): Promise<string> {
  return (await stat(place)).isFile() ? dirname(place) : place;
}

interface Walk {
  readonly place: string;
  readonly folder: string;
  readonly depth: number;
}

async function walk(at: Walk, stop: AbortSignal): Promise<readonly Entry[]> {
  throwIfStopped(stop);
  const found: Entry[] = [];
  for (const one of await readdir(join(at.place, at.folder), { withFileTypes: true })) {
    const key = join(at.folder, one.name);
    if (one.isDirectory()) found.push(...(at.depth < DEEPEST ? await below({ ...at, folder: key, depth: at.depth + 1 }, stop) : []));
    else {
      const entry = await entryAt(at.place, key);
      if (entry !== undefined) found.push(entry);
    }
  }
  return found;
}

/** A folder that cannot be entered might hold the newest backup. */
async function below(at: Walk, stop: AbortSignal): Promise<readonly Entry[]> {
  try {
    return await walk(at, stop);
  } catch (error) {
    if (!isCode(error, 'EACCES') && !isCode(error, 'EPERM')) throw error;
    return [{ key: `${at.folder}/`, size: 0, modifiedAt: new Date(0).toISOString(), identity: '', refused: true }];
  }
}

async function entryAt(root: string, key: string): Promise<Entry | undefined> {
  try {
    const facts = await lstat(join(root, key));
    const identity = `${facts.ino}-${facts.mtimeMs}-${facts.size}`;
    return { key, size: facts.size, modifiedAt: facts.mtime.toISOString(), identity, refused: !facts.isFile() };
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** System errors as our codes. Messages name the place of the plan, never a file. */
export async function translated<T>(place: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof BackupError || !(cause instanceof Error && 'code' in cause && /^E[A-Z]+$/.test(String(cause.code)))) throw cause;
    if (isCode(cause, 'ENOENT') || isCode(cause, 'ENOTDIR')) {
      const hint =
        'Check backup.from in the plan, whether the file system is mounted, and whether `resurgam state backup` ever wrote there.';
      throw new BackupError('store-missing', `there is nothing at ${place}, or it went away while it was read`, { hint, cause });
    }
    const hint = 'Let the user who runs Resurgam read the folder and its files.';
    throw new BackupError('store-unreadable', `something in ${place} could not be read`, { hint, cause });
  }
}
