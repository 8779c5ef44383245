import { join } from 'node:path';
import type { Finding } from '../../finding/finding.ts';
import { stat } from '../../system/files.ts';
import type { ToolResult } from '../../system/process.ts';
import type { Mount } from '../target.ts';
import { OPENERS, openingTrouble } from '../opening.ts';
import { expandsTooFar, STAGED_AT } from '../dump-files/read-script.ts';
import { stagedMount, WORK_AT, type RestoreRun } from './restore-run.ts';

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
  return expandsTooFar(run, opened);
}
