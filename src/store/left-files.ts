import { join } from 'node:path';
import { isCode, readdir, rm, stat } from '../system/files.ts';
import type { Home } from './home.ts';

/** Whatever is written whole is first written beside its place under such a name: by `writeDurably`, `writeOnce`, a lock, `openHome`. */
const UNFINISHED = /^\.\d+-[a-z0-9]+\.tmp$|^\.[0-9a-f]{16}\.tmp$|\.[0-9a-f-]{36}\.tmp$|^\.probe-\d+-\d+$/;
/** No such file is being written for so long. */
const OLD_MS = 60_000;
/** What is in there has an owner of its own: the server, and the drills. */
const NOT_OURS = ['postgres', 'scratch'];

/**
 * Takes away the half-written files of processes that were killed while they wrote. Whatever is younger than a minute stays: somebody may be at it.
 * `nowMs`: epoch milliseconds of the file system's clock. Gives how many were taken away.
 */
export async function removeLeftFiles(home: Pick<Home, 'path'>, nowMs: number): Promise<number> {
  let removed = 0;
  for (const name of await namesIn(home.path)) {
    if (!NOT_OURS.includes(name.name) && name.isDirectory()) removed += await removeBelow(join(home.path, name.name), nowMs);
  }
  return removed;
}

async function removeBelow(folder: string, nowMs: number): Promise<number> {
  let removed = 0;
  for (const entry of await namesIn(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) removed += await removeBelow(path, nowMs);
    else if (UNFINISHED.test(entry.name) && (await isOld(path, nowMs))) {
      await rm(path, { force: true });
      removed += 1;
    }
  }
  return removed;
}

async function isOld(path: string, nowMs: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && nowMs - found.mtimeMs > OLD_MS;
}

async function namesIn(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    // Taken away while we looked.
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}
