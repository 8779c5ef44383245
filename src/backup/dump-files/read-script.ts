import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { createReadStream } from '../../system/files.ts';
import type { Staged } from '../backup.ts';
import type { RestoreTarget } from '../target.ts';
import { OPENERS, openingTrouble } from '../opening.ts';
import type { OuterCompression } from './wrapping.ts';

/** Where the staged bytes are in the jail. */
export const STAGED_AT = '/staged';

/** That the file is not there must not look like a warning of gzip, which is 2 as well. */
const OPEN = '[ -r "$0" ] || exit 126; exec "$@" < "$0"';
const CHUNK = 256 * 1024;
/** gzip cannot do more than 1,032 to 1, and no table of records comes near that: such a file is made to fill a disk. */
const ABSURD_RATIO = 1_000;
/** Rows as text take more room than in tables at times, but never so many times the disk that they are to fit on. */
const TEXT_OF_DISK = 4;

/** A restore that has begun. */
export interface Restoring {
  readonly staged: Staged;
  readonly target: RestoreTarget;
  readonly stop: AbortSignal;
}

/** A script among the staged bytes. */
export interface StagedScript {
  readonly file: string;
  readonly compression: OuterCompression;
}

/** What a reader of a script does with each chunk; false: it wants no more. */
export type TakeChunk = (chunk: Buffer) => Promise<boolean>;

/** Hands over a script in chunks, opened if it was wrapped. What went wrong with the bytes is a finding. */
export async function readScript(run: Restoring, script: StagedScript, take: TakeChunk): Promise<readonly Finding[]> {
  const { file, compression } = script;
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
  return openScript(run, { file, compression }, { take: counted, done: () => done });
}

async function openScript(
  run: Restoring,
  { file, compression }: { readonly file: string; readonly compression: Exclude<OuterCompression, 'none'> },
  sink: { readonly take: TakeChunk; readonly done: () => number },
): Promise<readonly Finding[]> {
  const enough = new AbortController();
  const most = run.target.jail.limits.diskBytes * TEXT_OF_DISK;
  const result = await run.target.jail.run(
    {
      file: '/bin/sh',
      args: ['-c', OPEN, `${STAGED_AT}/${file}`, ...OPENERS[compression]],
      env: { LC_ALL: 'C' },
      mounts: [{ from: run.staged.folder, at: STAGED_AT }],
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

/** It came to so many bytes that there was no room: a limit of ours, unless no real dump could have asked for so much. */
export function expandsTooFar(run: Restoring, opened: number): Finding {
  const absurd = opened / Math.max(1, run.staged.bytes) >= ABSURD_RATIO;
  const facts = { probe: 'restore', unit: 'bytes', expected: run.target.jail.limits.diskBytes, observed: opened };
  return finding('restore.expands-too-far', absurd ? 'failed' : 'inconclusive', facts);
}
