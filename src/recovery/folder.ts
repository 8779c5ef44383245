import { dirname, relative } from 'node:path';
import type { Account } from '../system/account.ts';
import { chmod, chown, exists, lstat, mkdir, readdir, readFile, rename, rm, stat, syncFolder } from '../system/files.ts';
import { runTool, type ToolResult } from '../system/process.ts';
import { RecoveryError } from './error.ts';

const LONGEST_MS = 2_147_483_647;

/** Throws RecoveryError `refused` unless the folder is empty or not there, and can be replaced in one move. */
export async function lookAtFolder(folder: string, component: string): Promise<void> {
  const bad = (what: string, hint: string): RecoveryError => new RecoveryError('refused', `${component}: ${folder} ${what}`, hint);
  if (!(await exists(folder))) return;
  if ((await lstat(folder)).isSymbolicLink()) throw bad('is a link', 'Name the folder that it leads to.');
  const names = await readdir(folder).catch(() => undefined);
  if (names === undefined) throw bad('is no folder', 'Name an empty folder.');
  if (names.length > 0) throw bad('is not empty', 'Name an empty folder: nothing is ever overwritten.');
  if (await isMountPoint(folder)) throw bad('is where a disk is mounted', 'Name a folder below it: all of it is put in place in one move.');
}

async function isMountPoint(folder: string): Promise<boolean> {
  const escaped = folder.replaceAll(/[\\ \t\n]/g, one => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`);
  return (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').some(line => line.split(' ')[4] === escaped);
}

/** Whether one of the two lies in the other, or is it. */
export function overlaps(one: string, other: string): boolean {
  return isBelow(one, other) || isBelow(other, one);
}

function isBelow(path: string, folder: string): boolean {
  return !relative(folder, path).startsWith('..');
}

/** Restored files on their way to a folder of the target. */
export interface Delivery {
  readonly from: string;
  readonly folder: string;
  /** Whose it is to be; without it, whoever recovers. */
  readonly owner?: Account;
  /** Of the folder itself, if nobody has made it before. */
  readonly mode?: number;
  /** Completes the copy before it is anybody's. */
  readonly complete?: (part: string) => Promise<void>;
}

function partOf(folder: string): string {
  return `${folder}.resurgam-part`;
}

/** Copies restored files beside the target: what is cut off leaves the target empty. */
export async function copyBeside(delivery: Delivery, stop: AbortSignal): Promise<void> {
  const { from, folder, owner, mode = 0o755, complete } = delivery;
  const part = partOf(folder);
  await rm(part, { recursive: true, force: true });
  const given = (await exists(folder)) ? await stat(folder) : undefined;
  try {
    await mkdir(dirname(folder), { recursive: true });
    await run('cp', ['-a', '--no-preserve=ownership', '--reflink=auto', from, part], stop);
    await complete?.(part);
    if (owner !== undefined) await run('chown', ['-hR', `${String(owner.uid)}:${String(owner.gid)}`, part], stop);
    // The folder itself keeps the owner and mode that a person gave it; in the sandbox it was private. No server starts over one that is open to all.
    await chmod(part, (given?.mode ?? mode) & (owner === undefined ? 0o7777 : 0o750));
    if (given !== undefined && owner === undefined) await chown(part, given.uid, given.gid);
    await run('sync', ['-f', part], stop);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw isFull(error) ? new RecoveryError('step-failed', `the disk of ${folder} is full`, 'Make room, then go on with --resume.') : error;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof CopyError
    ? error.result.stderr.includes('No space left')
    : error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

class CopyError extends RecoveryError {
  readonly result: ToolResult;
  constructor(program: string, path: string, result: ToolResult) {
    super(
      result.stopped ? 'stopped' : 'step-failed',
      `the files could not be put beside their place (${program} ${path})`,
      'See whether it can be written to, then go on with --resume.',
    );
    this.result = result;
  }
}

async function run(program: string, args: readonly string[], stop: AbortSignal): Promise<void> {
  const result = await runTool({ file: `/bin/${program}`, args, env: { LC_ALL: 'C' }, timeLimitMs: LONGEST_MS }, stop);
  if (result.exitCode !== 0) throw new CopyError(program, args.at(-1) ?? '', result);
}

/** Puts the copy in its place. Can be repeated after a crash: whatever has moved already stays. */
export async function putInPlace(folder: string): Promise<void> {
  if (await exists(partOf(folder))) await rename(partOf(folder), folder);
  await syncFolder(dirname(folder));
}

/** Takes away what an unfinished recovery left beside the target. */
export async function removePart(folder: string): Promise<boolean> {
  const isThere = await exists(partOf(folder));
  await rm(partOf(folder), { recursive: true, force: true });
  return isThere;
}
