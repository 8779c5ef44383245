import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { finding, type Finding } from '../../finding/finding.ts';
import { createReadStream } from '../../system/files.ts';
import type { ToolResult } from '../../system/process.ts';
import { openFileSource } from '../../system/range.ts';
import { BackupError, type Restored, type Staged } from '../backup.ts';
import { OPENERS, openingTrouble, unknownExit, type Wrapping } from '../opening.ts';
import type { SaidOfFiles } from '../restored-files.ts';
import type { RestoreTarget } from '../target.ts';
import { cpioMembers } from './cpio-members.ts';
import { Judging } from './judging.ts';
import { BadArchive, BLOCK, Reader, skip, type Member } from './member.ts';
import { readHandle, STAGED_FILE } from './point.ts';
import { tarMembers } from './tar-members.ts';
import { zipMembers } from './zip-members.ts';

const PROBE = 'restore';
const STAGED_AT = '/staged';
const RESTORED_AT = '/restored';
/** No archive of records unpacks to a thousand times its size: it is made to fill a disk. */
const ABSURD_RATIO = 1_000;
const TAR = [
  '-xf',
  '-',
  '-C',
  RESTORED_AT,
  '--no-same-owner',
  '--no-same-permissions',
  '--delay-directory-restore',
  '--xattrs',
  '--xattrs-include=user.*',
  '--acls',
];

interface Run {
  readonly staged: Staged;
  readonly target: RestoreTarget;
  readonly folder: string;
  readonly stop: AbortSignal;
}

/**
 * Unpacks in the jail: one program opens the compression, every member is looked at on its way here, and what may be restored goes to tar in
 * the jail. Nothing of the archive is ever written from out here. Bad bytes are findings.
 */
export async function restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const { folder } = target;
  if (folder === undefined) throw new BackupError('tool-failed', 'there is no folder to restore into', { hint: 'Report this.' });
  const run = { staged, target, folder, stop };
  refuseIfStopped(stop);
  const judging = new Judging();
  const opened = open(run);
  const unpacking = unpack(run);
  const bad = await pass(opened, unpacking.input, judging);
  const [trouble, ended] = await Promise.all([opened.ended(), unpacking.ended]);
  refuseIfStopped(stop);
  target.toolLog('tar', ended.stderr);
  return answer(run, judging, [...limit(run), ...troubles({ bad, trouble, ended }), ...judging.findings()]);
}

function answer({ staged }: Run, judging: Judging, noted: readonly Finding[]): Restored {
  const { files, bytes, attributed } = judging;
  const isBad = noted.some(({ required, outcome }) => required && outcome !== 'passed');
  const nothing =
    files === 0 && !isBad ? [finding('restore.no-files', 'failed', { probe: PROBE, unit: 'files', expected: 1, observed: 0 })] : [];
  const said: SaidOfFiles = { files, bytes, attributed, digests: null };
  return {
    findings: [...(isBad || nothing.length > 0 ? [] : [finding('restore.ok', 'passed', { probe: PROBE })]), ...nothing, ...noted],
    tools: [{ name: 'archive', version: readHandle(staged.handle).format }],
    usable: files > 0,
    says: { files: said },
  };
}

interface Opened {
  readonly members: AsyncIterable<Member>;
  /** Whoever reads no further must say so, or what writes would wait for ever. */
  leave(): void;
  ended(): Promise<Finding | undefined>;
}

function open(run: Run): Opened {
  const { format, wrapping } = readHandle(run.staged.handle);
  const file = join(run.staged.folder, STAGED_FILE);
  if (wrapping === 'none' && format === 'zip')
    return { members: zipIn(file), leave: () => undefined, ended: () => Promise.resolve(undefined) };
  const { bytes, leave, ended } = wrapping === 'none' ? plain(file) : unwrapped(run, wrapping);
  return { members: (format === 'cpio' ? cpioMembers : tarMembers)(new Reader(bytes)), leave, ended };
}

async function* zipIn(file: string): AsyncGenerator<Member> {
  await using source = await openFileSource(file);
  yield* zipMembers(source);
}

interface Bytes extends Omit<Opened, 'members'> {
  readonly bytes: AsyncIterable<Buffer>;
}

function plain(file: string): Bytes {
  const stream = createReadStream(file, { highWaterMark: 1 << 20 });
  return { bytes: stream as AsyncIterable<Buffer>, leave: () => stream.destroy(), ended: () => Promise.resolve(undefined) };
}

/** The opener runs in the jail; it is slowed down to the pace of whoever reads. */
function unwrapped({ staged, target, stop }: Run, wrapping: Wrapping): Bytes {
  const through = new PassThrough({ highWaterMark: 1 << 20 });
  const enough = new AbortController();
  const command = {
    ...{ file: '/bin/sh', args: ['-c', 'exec "$@" < "$0"', `${STAGED_AT}/${STAGED_FILE}`, ...OPENERS[wrapping]] },
    ...{ env: { LC_ALL: 'C' }, mounts: [{ from: staged.folder, at: STAGED_AT }] },
    stdout: (chunk: Buffer): Promise<void> => new Promise(resolve => through.write(chunk, () => resolve())),
  };
  through.on('error', () => undefined);
  const running = target.jail.run(command, AbortSignal.any([stop, enough.signal])).finally(() => through.end());
  running.catch(() => undefined);
  return {
    bytes: through as AsyncIterable<Buffer>,
    leave: () => {
      enough.abort();
      through.destroy();
    },
    ended: async () => {
      const result = await running;
      target.toolLog(wrapping, result.stderr);
      return enough.signal.aborted ? undefined : openingTrouble(wrapping, result);
    },
  };
}

interface Unpacking {
  readonly input: PassThrough;
  readonly ended: Promise<ToolResult>;
}

function unpack({ target, folder, stop }: Run): Unpacking {
  const input = new PassThrough({ highWaterMark: 1 << 20 });
  const mounts = [{ from: folder, at: RESTORED_AT, write: true }];
  const ended = target.jail.run({ file: 'tar', args: TAR, env: { LC_ALL: 'C' }, mounts, stdin: input }, stop);
  ended.catch(() => undefined);
  // If tar has ended, nobody reads any more.
  void ended.then(
    () => input.destroy(),
    () => input.destroy(),
  );
  return { input, ended };
}

/** Hands every accepted member on. Gives what was wrong with the archive. */
async function pass(opened: Opened, to: PassThrough, judging: Judging): Promise<BadArchive | undefined> {
  to.on('error', () => undefined);
  const write = (bytes: Buffer): Promise<void> => new Promise(resolve => (to.destroyed ? resolve() : to.write(bytes, () => resolve())));
  const isGone = (): boolean => to.destroyed;
  let open = 0;
  try {
    for await (const member of opened.members) {
      if (isGone()) break;
      if (!judging.accepts(member)) {
        await skip(member.body);
        continue;
      }
      await write(member.header);
      open = member.stored;
      for await (const piece of member.body) {
        await write(piece);
        if (isGone()) break;
      }
      open = 0;
    }
    if (isGone()) opened.leave();
    return undefined;
  } catch (error) {
    // What ended by itself is heard to its end: the opener may know better why.
    if (!(error instanceof BadArchive && error.kind === 'truncated')) opened.leave();
    if (error instanceof BadArchive) return error;
    if (isGone()) return undefined;
    throw error;
  } finally {
    if (open === 0) await write(Buffer.alloc(2 * BLOCK));
    to.end();
  }
}

/** What it means, worst first: what the opener says of its bytes comes before what was seen of their end. */
function troubles(come: { bad: BadArchive | undefined; trouble: Finding | undefined; ended: ToolResult }): readonly Finding[] {
  const { bad, trouble, ended } = come;
  if (trouble !== undefined) return [trouble];
  if (bad?.kind === 'unsupported')
    return [finding('backup.unsupported', 'inconclusive', { probe: PROBE, object: 'encrypted or rare compression' })];
  if (bad !== undefined) return [finding(bad.kind === 'truncated' ? 'restore.truncated' : 'restore.corrupt', 'failed', { probe: PROBE })];
  return ended.exitCode === 0 ? [] : [unknownExit('tar', ended)];
}

function limit({ target, staged }: Run): readonly Finding[] {
  const { limits } = target.jail;
  const hit = target.jail.limitHit();
  if (hit === undefined) return [];
  if (hit === 'memory') return [finding('restore.out-of-memory', 'inconclusive', { probe: PROBE })];
  if (hit !== 'disk') return [finding('restore.time-limit', 'inconclusive', { probe: PROBE })];
  const absurd = limits.diskBytes / Math.max(1, staged.bytes) >= ABSURD_RATIO;
  const facts = { probe: PROBE, unit: 'bytes', expected: limits.diskBytes, observed: limits.diskBytes };
  return [finding('restore.expands-too-far', absurd ? 'failed' : 'inconclusive', facts)];
}

function refuseIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new BackupError('stopped', 'the restore was stopped', { hint: 'Run the drill again.' });
}
