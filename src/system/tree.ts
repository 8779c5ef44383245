import { lstat, readdir, stat, statfs } from 'node:fs/promises';
import { runTool } from './process.ts';

/** Free bytes for ordinary users on the file system that holds `path`. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/**
 * Bytes that a tree really occupies (holes do not count, a file with two names counts once); undefined if it could not be counted. `du`
 * does it in a process of its own: a data directory has thousands of files, and our event loop has other work.
 */
export async function allocatedBytes(folder: string): Promise<number | undefined> {
  const command = { file: 'du', args: ['-sx', '-B1', '--', folder], env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, timeLimitMs: 60_000 };
  const result = await runTool(command, new AbortController().signal);
  // It exits with 1 when a file went away while it looked; the sum is there all the same.
  const sum = /^(\d+)\t/.exec(result.stdout)?.[1];
  return sum === undefined ? undefined : Number(sum);
}

/** Bytes of files on the disk of `folder` that have no name any more but are held open by these processes: `du` cannot see them. */
export async function deletedBytes(folder: string, pids: readonly number[]): Promise<number> {
  const { dev } = await stat(folder);
  const sizes = new Map<string, number>();
  for (const pid of pids) {
    const open = `/proc/${String(pid)}/fd`;
    for (const fd of await readdir(open).catch(() => [])) {
      const file = await stat(`${open}/${fd}`).catch(() => undefined);
      if (file?.isFile() === true && file.nlink === 0 && file.dev === dev) sizes.set(String(file.ino), file.blocks * 512);
    }
  }
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/**
 * Removes whole trees, however deep and whatever their modes, by one program for all of them. Never follows a link out of them. False if
 * something is left.
 */
export async function removeTree(...paths: readonly string[]): Promise<boolean> {
  const run = (file: string, args: readonly string[]): Promise<unknown> =>
    runTool({ file, args, env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, timeLimitMs: 600_000 }, new AbortController().signal);
  const there = await thereOf(paths);
  if (there.length === 0) return true;
  await run('rm', ['-rf', '--one-file-system', '--', ...there]);
  const left = await thereOf(there);
  if (left.length === 0) return true;
  // Not root, and a folder that forbids its own owner to enter: allow it first. `chmod -R` does not follow links.
  await run('chmod', ['-R', 'u+rwx', '--', ...left]);
  await run('rm', ['-rf', '--one-file-system', '--', ...left]);
  return (await thereOf(left)).length === 0;
}

async function thereOf(paths: readonly string[]): Promise<readonly string[]> {
  const there = await Promise.all(paths.map(isThere));
  return paths.filter((_path, at) => there[at]);
}

/** Also of a link that leads nowhere, and of what cannot be looked at. */
async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => !(error instanceof Error && 'code' in error && error.code === 'ENOENT'),
  );
}
