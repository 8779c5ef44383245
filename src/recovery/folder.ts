import { dirname, relative } from 'node:path';
import { chmod, chown, exists, mkdir, readdir, rename, rm, stat } from '../system/files.ts';
import { runTool } from '../system/process.ts';
import { RecoveryError } from './error.ts';

const LONGEST_MS = 2_147_483_647;

/** Throws RecoveryError `refused` unless the folder is empty or not there. */
export async function lookAtFolder(folder: string, component: string): Promise<void> {
  if (!(await exists(folder))) return;
  const names = await readdir(folder).catch(() => undefined);
  if (names?.length === 0) return;
  const what = names === undefined ? 'is no folder' : 'is not empty';
  throw new RecoveryError('refused', `${component}: ${folder} ${what}`, 'Name an empty folder: nothing is ever overwritten.');
}

/** Whether one of the two lies in the other, or is it. */
export function overlaps(one: string, other: string): boolean {
  return isBelow(one, other) || isBelow(other, one);
}

function isBelow(path: string, folder: string): boolean {
  return !relative(folder, path).startsWith('..');
}

/** Copies restored files beside the target and then puts them in its place: what is cut off leaves the target empty. */
export async function deliver(from: string, folder: string, stop: AbortSignal): Promise<void> {
  const part = `${folder}.resurgam-part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  const args = ['-a', '--no-preserve=ownership', '--reflink=auto', from, part];
  const copied = await runTool({ file: '/bin/cp', args, env: { LC_ALL: 'C' }, timeLimitMs: LONGEST_MS }, stop);
  if (copied.exitCode !== 0) {
    const isFull = copied.stderr.includes('No space left');
    await rm(part, { recursive: true, force: true });
    throw new RecoveryError(
      copied.stopped ? 'stopped' : 'step-failed',
      isFull ? `the disk of ${folder} is full` : `the files could not be copied to ${folder}`,
      'Make room, then go on with --resume.',
    );
  }
  await runTool({ file: '/bin/sync', args: ['-f', part], env: {}, timeLimitMs: LONGEST_MS }, stop);
  await asTarget(part, folder);
  await rename(part, folder);
}

/** The folder itself keeps the owner and mode that a person gave it; in the sandbox it was private. */
async function asTarget(part: string, folder: string): Promise<void> {
  const given = (await exists(folder)) ? await stat(folder) : undefined;
  await chmod(part, (given?.mode ?? 0o755) & 0o7777);
  if (given !== undefined) await chown(part, given.uid, given.gid);
}
