import { join } from 'node:path';
import { isCode, readdir, stat } from '../../system/files.ts';
import { BackupError, type RecoveryPoint } from '../backup.ts';
import { failureOf } from './failure.ts';
import { isFolder, readOptions } from './options.ts';
import { runRestic, type Repository } from './run.ts';

/** restic writes its locks anew every five minutes and itself calls those stale that are older than this. */
export const FRESH_MS = 30 * 60_000;

/** How long each lock has been there unrenewed. Throws BackupError. */
export async function lockAges(at: Repository, stop: AbortSignal): Promise<readonly number[]> {
  const { section } = at.access;
  const { repository } = readOptions(section);
  const written = isFolder(repository) ? await datesIn(join(repository, 'locks')) : await remoteDates(at, stop);
  return written.map(moment => Date.parse(at.access.now()) - Date.parse(moment));
}

async function datesIn(folder: string): Promise<readonly string[]> {
  const dates: string[] = [];
  try {
    for (const name of await readdir(folder)) dates.push((await stat(join(folder, name))).mtime.toISOString());
  } catch (error) {
    // Taken away while we looked; and a copy of a repository may have been made without its locks.
    if (!isCode(error, 'ENOENT')) throw error;
  }
  return dates;
}

async function remoteDates(at: Repository, stop: AbortSignal): Promise<readonly string[]> {
  const listed = await runRestic(at, ['list', 'locks'], stop);
  const failure = failureOf(listed, 'listing the locks');
  if (failure !== undefined) throw failure;
  const dates: string[] = [];
  for (const [id] of listed.stdout.matchAll(/^[0-9a-f]{64}$/gm)) {
    const ran = await runRestic(at, ['cat', 'lock', id], stop);
    const written = /"time": *"([^"]+)"/.exec(ran.stdout)?.[1];
    if (written !== undefined) dates.push(written);
  }
  return dates;
}

/**
 * Reading without a lock means that somebody may prune meanwhile. What is missing then says nothing of the backup: throws BackupError if a
 * lock was written within the last half hour, or the snapshot is no longer there.
 */
export async function refuseIfPruned(point: Pick<RecoveryPoint, 'handle'>, at: Repository, stop: AbortSignal): Promise<void> {
  if ((await lockAges(at, stop)).some(age => age <= FRESH_MS))
    throw new BackupError('bytes-changed', 'something was missing in the repository while another program worked in it', {
      hint: 'Start the drill again when the backup or the pruning has ended.',
    });
  const ran = await runRestic(at, ['list', 'snapshots'], stop);
  if (ran.exitCode === 0 && !ran.stdout.includes(String(point.handle['snapshot'])))
    throw new BackupError('object-gone', 'the snapshot was removed while it was read', { hint: 'Start the drill again.' });
}
