import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCode, mkdtemp, readdir } from '../../system/files.ts';
import { hashFile } from '../../system/hash.ts';
import { removeTree } from '../../system/tree.ts';
import { BackupError, type StoreAccess } from '../backup.ts';
import { isFolder, readOptions } from './options.ts';
import { needsCache, type Repository } from './run.ts';

/** What a place is that should hold a repository, as far as that can be told without opening it. */
export type Place = 'repository' | 'empty' | 'incomplete' | 'without-keys' | 'foreign';

/** What every repository has, from `init` on. */
const PARTS = ['config', 'data', 'index', 'keys', 'snapshots'];

/** Looks into the folder of a repository; of a remote one restic itself must say. Throws BackupError `store-missing`, `store-unreadable`. */
export async function lookAtPlace({ section }: Pick<StoreAccess, 'section'>, stop: AbortSignal): Promise<Place> {
  const { repository } = readOptions(section);
  if (!isFolder(repository)) return 'repository';
  try {
    const names = await readdir(repository);
    if (names.length === 0) return 'empty';
    const there = PARTS.filter(name => names.includes(name));
    if (there.length < PARTS.length) return there.length >= 2 ? 'incomplete' : 'foreign';
    return await lookAtKeys(join(repository, 'keys'), stop);
  } catch (cause) {
    if (isCode(cause, 'ENOENT') || isCode(cause, 'ENOTDIR'))
      throw new BackupError('store-missing', `there is no folder ${repository}`, {
        hint: 'Check backup.repository in the plan, and whether the file system is mounted.',
        cause,
      });
    throw new BackupError('store-unreadable', `the folder ${repository} could not be read`, {
      hint: 'Let the user who runs Resurgam read the repository.',
      cause,
    });
  }
}

/** Each is named after its digest. Of a damaged one restic says that the password is wrong, or breaks. */
async function lookAtKeys(folder: string, stop: AbortSignal): Promise<Place> {
  const names = await readdir(folder);
  for (const name of names) if ((await hashFile(join(folder, name), stop)) === name) return 'repository';
  return names.length === 0 ? 'without-keys' : 'incomplete';
}

/** Runs with a cache that is gone afterwards; a repository in a folder needs none. */
export async function withRepository<T>(access: StoreAccess, work: (at: Repository) => Promise<T>): Promise<T> {
  if (!needsCache(access)) return work({ access, cache: undefined });
  const cache = await mkdtemp(join(tmpdir(), 'resurgam-restic-'));
  try {
    return await work({ access, cache });
  } finally {
    await removeTree(cache);
  }
}
