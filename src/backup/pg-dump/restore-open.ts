import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { createReadStream, stat } from '../../system/files.ts';
import type { ToolResult } from '../../system/process.ts';
import type { Mount } from '../target.ts';
import type { PgDumpHandle } from './handle.ts';
import { STAGED_AT, stagedMount, WORK_AT, type RestoreRun } from './restore-run.ts';
import { OPENERS, openingTrouble } from '../opening.ts';

const CHUNK = 256 * 1024;
/** gzip cannot do more than 1,032 to 1, and no table of records comes near that: such a file is made to fill a disk. */
const ABSURD_RATIO = 1_000;
/** Rows as text take more room than in tables at times, but never so many times the disk that they are to fit on. */
const TEXT_OF_DISK = 4;

/** Where the archive's bytes are in the jail, opened if they were wrapped. */
export interface OpenedArchive {
  readonly path: string;
  /** The same on the host. */
  readonly file: string;
  readonly mounts: readonly Mount[];
}

/** Opens a wrapped archive into the work folder: pg_restore must be able to move about in it. Bad bytes are findings. */
export async function openArchive(run: RestoreRun): Promise<OpenedArchive | readonly Finding[]> {
  const { compression, file } = run.handle;
  if (compression === 'none') return { path: `${STAGED_AT}/${file}`, file: join(run.staged.folder, file), mounts: [stagedMount(run)] };
  const folder = await run.target.jail.makeFolder('opened');
  const script = 'exec "$@" < "$0" > "$OPENED"';
  const result = await run.target.jail.run(
    {
      file: '/bin/sh',
      args: ['-c', script, `${STAGED_AT}/${file}`, ...OPENERS[compression]],
      env: { OPENED: `${WORK_AT}/archive`, LC_ALL: 'C' },
      mounts: [stagedMount(run), { from: folder, at: WORK_AT, write: true }],
    },
    run.stop,
  );
  run.target.toolLog(compression, result.stderr);
  const trouble = await tooFar(run, { result, file: join(folder, 'archive') });
  if (trouble !== undefined) return [trouble];
  const bad = openingTrouble(compression, result);
  return bad === undefined ? { path: `${WORK_AT}/archive`, file: join(folder, 'archive'), mounts: [{ from: folder, at: WORK_AT }] } : [bad];
}

/** The disk limit stopped it: that is a limit of ours, unless no real dump could have asked for so much. */
async function tooFar(run: RestoreRun, made: { readonly result: ToolResult; readonly file: string }): Promise<Finding | undefined> {
  const { jail } = run.target;
  const full = jail.limitHit() === 'disk' || made.result.signal === 'SIGXFSZ' || made.result.exitCode === 153;
  if (!full && !/No space left|File too large/.test(made.result.stderr)) return undefined;
  const opened = (await stat(made.file).catch(() => undefined))?.size ?? 0;
  return expandsTooFar(run, Math.max(opened, full ? 0 : opened));
}

function expandsTooFar(run: RestoreRun, opened: number): Finding {
  const absurd = opened / Math.max(1, run.staged.bytes) >= ABSURD_RATIO;
  const facts = { probe: 'restore', unit: 'bytes', expected: run.target.jail.limits.diskBytes, observed: opened };
  return finding('restore.expands-too-far', absurd ? 'failed' : 'inconclusive', facts);
}

/** What a reader of a script does with each chunk; false: it wants no more. */
export type TakeChunk = (chunk: Buffer) => Promise<boolean>;

/** Hands over a script in chunks, opened if it was wrapped. What went wrong with the bytes is a finding. */
export async function readScript(run: RestoreRun, file: string, take: TakeChunk): Promise<readonly Finding[]> {
  const compression: PgDumpHandle['compression'] = file === run.handle.file ? run.handle.compression : 'none';
  let done = 0;
  const counted = async (chunk: Buffer): Promise<boolean> => {
    done += chunk.length;
    run.target.progress({ phase: 'restore', doneBytes: done, totalBytes: compression === 'none' ? run.staged.bytes : null });
    return take(chunk);
  };
  if (compression === 'none') {
    for await (const chunk of createReadStream(join(run.staged.folder, file), { highWaterMark: CHUNK }))
      if (run.stop.aborted || !(await counted(chunk as Buffer))) break;
    return [];
  }
  return openScript(run, compression, { take: counted, done: () => done });
}

async function openScript(
  run: RestoreRun,
  compression: Exclude<PgDumpHandle['compression'], 'none'>,
  sink: { readonly take: TakeChunk; readonly done: () => number },
): Promise<readonly Finding[]> {
  const enough = new AbortController();
  const most = run.target.jail.limits.diskBytes * TEXT_OF_DISK;
  const result = await run.target.jail.run(
    {
      file: '/bin/sh',
      args: ['-c', 'exec "$@" < "$0"', `${STAGED_AT}/${run.handle.file}`, ...OPENERS[compression]],
      env: { LC_ALL: 'C' },
      mounts: [stagedMount(run)],
      stdout: async chunk => {
        if (enough.signal.aborted) return;
        if (!(await sink.take(chunk)) || sink.done() > most) enough.abort();
      },
    },
    AbortSignal.any([run.stop, enough.signal]),
  );
  run.target.toolLog(compression, result.stderr);
  if (sink.done() > most) return [expandsTooFar(run, sink.done())];
  if (enough.signal.aborted) return [];
  const bad = openingTrouble(compression, result);
  return bad === undefined ? [] : [bad];
}
