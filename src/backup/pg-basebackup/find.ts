import { join } from 'node:path';
import { isCode, readdir, stat } from '../../system/files.ts';
import { UnpackError } from '../../system/unpack.ts';
import { BackupError } from '../backup.ts';

/** A folder that is a base backup, or was meant to be one. */
export interface Place {
  /** Path below the folder of the plan; empty for that folder itself. Never recorded or printed. */
  readonly key: string;
  readonly path: string;
  readonly shape: 'plain' | 'tar';
  /** What lies in it, without what lies deeper. */
  readonly names: readonly string[];
}

/** Base backups are kept in folders by host, cluster and day at most. */
const DEEPEST = 4;
const BASE_TAR = /^base\.tar(?:\.\w+)?$/;

/** Every base backup below the folder of the plan. Throws BackupError. */
export async function findPlaces(from: string, not: string | undefined, stop: AbortSignal): Promise<readonly Place[]> {
  return translated(from, async () => {
    if (!(await stat(from)).isDirectory())
      throw new BackupError('store-missing', `${from} is no folder`, { hint: 'Name the folder of the base backups in `from`.' });
    return below({ from, key: '', depth: 0, not }, stop);
  });
}

interface Walk {
  readonly from: string;
  readonly key: string;
  readonly depth: number;
  /** The archive of the log may lie beside the backups. */
  readonly not: string | undefined;
}

async function below(at: Walk, stop: AbortSignal): Promise<readonly Place[]> {
  throwIfStopped(stop);
  const path = join(at.from, at.key);
  if (path === at.not) return [];
  const entries = await readdir(path, { withFileTypes: true });
  const names = entries.map(entry => entry.name);
  if (names.some(name => BASE_TAR.test(name))) return [{ key: at.key, path, shape: 'tar', names }];
  if (names.includes('PG_VERSION') || (names.includes('base') && names.includes('global')))
    return [{ key: at.key, path, shape: 'plain', names }];
  if (at.depth >= DEEPEST) return [];
  const found: Place[] = [];
  for (const entry of entries.filter(one => one.isDirectory()))
    found.push(...(await below({ ...at, key: join(at.key, entry.name), depth: at.depth + 1 }, stop)));
  return found;
}

/** For every loop over files. */
export function throwIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw stopped();
}

function stopped(): BackupError {
  return new BackupError('stopped', 'stopped while reading the backups', { hint: 'Start the drill again.' });
}

const FULL = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** System errors as our codes. Messages name the place of the plan, never a file. */
export async function translated<T>(place: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'AbortError') throw stopped();
    if (cause instanceof UnpackError && cause.program !== undefined) {
      const hint = 'Install it: apt-get install zstd lz4 xz-utils bzip2';
      throw new BackupError('tool-missing', `${cause.program}, which unpacks the archived log, is not installed`, { hint, cause });
    }
    const system = cause instanceof Error && 'code' in cause && /^E[A-Z]+$/.test(String(cause.code));
    if (cause instanceof BackupError || !system) throw cause;
    if (FULL.some(code => isCode(cause, code))) {
      const hint = 'Free disk space below RESURGAM_HOME, or raise limits.disk in the plan.';
      throw new BackupError('staging-full', 'no space left for the staged backup', { hint, cause });
    }
    if (isCode(cause, 'ENOENT') || isCode(cause, 'ENOTDIR')) {
      const hint = 'Check the paths of the `backup:` block in the plan, and whether the file system is mounted.';
      throw new BackupError('store-missing', `there is nothing at ${place}, or it went away while it was read`, { hint, cause });
    }
    const hint = 'Let the user who runs Resurgam read the folder and its files.';
    throw new BackupError('store-unreadable', `something in ${place} could not be read`, { hint, cause });
  }
}
