import { finding, type Finding } from '../../finding/finding.ts';
import { readScript } from '../dump-files/read-script.ts';
import type { RestoreRun } from './restore-run.ts';
import { ScriptFeeder } from './restore-script.ts';
import { unknownExit } from '../opening.ts';
import type { ScriptSays } from './sql-scan.ts';

const PROBE = 'restore';

/** What came of a script. */
export interface ScriptRestored {
  readonly findings: readonly Finding[];
  readonly feeder: ScriptFeeder;
  readonly says: ScriptSays;
}

/** Runs a plain dump, or the globals, through psql. */
export async function restoreScript(run: RestoreRun, file: string, inventRoles: boolean): Promise<ScriptRestored> {
  const feeder = new ScriptFeeder({ run, inventRoles });
  const compression = file === run.handle.file ? run.handle.compression : 'none';
  const reading = await readScript(run, { file, compression }, chunk => feeder.push(chunk));
  for (const found of reading) feeder.halt(found);
  const says = await feeder.finish();
  return { feeder, says, findings: [...feeder.findings, ...incomplete(feeder, says), ...exits(run, feeder)] };
}

/** pg_dump writes a last line; a script without it was cut off, however well the rest of it runs. */
function incomplete(feeder: ScriptFeeder, says: ScriptSays): readonly Finding[] {
  if (feeder.halted()) return [];
  if (says.unfinished) return [finding('restore.truncated', 'failed', { probe: PROBE })];
  return says.complete ? [] : [finding('restore.incomplete', 'failed', { probe: PROBE })];
}

/** 0 says nothing: psql goes on after errors. Every other code is explained by the server's end, by a limit, or not at all. */
function exits(run: RestoreRun, feeder: ScriptFeeder): readonly Finding[] {
  const odd = feeder.results.find(result => result.exitCode !== 0);
  return odd === undefined || run.target.jail.limitHit() !== undefined || !run.server.alive() ? [] : [unknownExit('psql', odd)];
}
