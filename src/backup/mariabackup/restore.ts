import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { readFile } from '../../system/files.ts';
import { findProgram, lacks, sayLack, type FoundProgram } from '../../system/program.ts';
import type { ToolResult } from '../../system/process.ts';
import { BackupError, type Restored, type Staged } from '../backup.ts';
import { STAGED_AT, type Restoring } from '../dump-files/read-script.ts';
import { brokenBy } from '../limit.ts';
import type { JailCommand, Mount, RestoreTarget } from '../target.ts';
import { readHandle } from './list.ts';
import { readSaid } from './said.ts';

const PROBE = 'restore';
const RESTORED_AT = '/restored';
const INCREMENT_AT = '/increment';
export const NEED = { file: '/usr/bin/mariabackup', package: 'mariadb-backup', least: '10.5' };

/** Full backup, then each increment, prepared as for production; then every page of every table file is checked. */
export async function restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const { folder } = target;
  if (folder === undefined) throw new BackupError('tool-failed', 'there is no folder to restore into', { hint: 'Report this.' });
  const program = await findProgram(NEED, stop);
  if (lacks(program)) {
    const { message, hint } = sayLack(NEED, program);
    throw new BackupError('tool-missing', message, { hint });
  }
  refuseOtherSeries(program, readHandle(staged.handle).series);
  const run: Restoring = { staged, target, stop };
  const findings = await prepareAll(run, folder);
  const pages = findings.length === 0 ? await checkPages(run, folder) : [];
  refuseIfStopped(stop);
  return answer(program, [...findings, ...pages], findings.length === 0);
}

/** It refuses the log of another series with the exit code that it has for a bad one. */
function refuseOtherSeries({ version }: FoundProgram, series: string | null): void {
  if (series === null || `${version}.`.startsWith(`${series}.`)) return;
  throw new BackupError('tool-missing', `the backup is of MariaDB ${series}; on this machine there is mariabackup ${version}`, {
    hint: `Drill on a machine with ${NEED.package} ${series} and mariadb-server ${series}: another series cannot prepare it.`,
  });
}

function answer({ version }: FoundProgram, bad: readonly Finding[], usable: boolean): Restored {
  const ok = bad.length === 0 ? [finding('restore.ok', 'passed', { probe: PROBE })] : [];
  return { findings: [...ok, ...bad], tools: [{ name: 'mariabackup', version }], usable, says: {} };
}

async function prepareAll(run: Restoring, folder: string): Promise<readonly Finding[]> {
  const { keys, prepared } = readHandle(run.staged.handle);
  const whole: Mount = { from: folder, at: RESTORED_AT, write: true };
  const copied = await copy(run, { from: '0', into: whole });
  if (copied !== undefined) return [copied];
  const more = keys.slice(1).map((_, index) => index + 1);
  for (const index of [0, ...more]) {
    const mounts = [whole];
    if (index > 0) {
      const into = { from: await run.target.jail.makeFolder(`increment-${index}`), at: INCREMENT_AT, write: true };
      const bad = await copy(run, { from: String(index), into });
      if (bad !== undefined) return [bad];
      mounts.push(into);
    }
    const bad = await prepare(run, { index, mounts });
    if (bad !== undefined) return [bad];
  }
  const checkpoints = await readFile(join(folder, 'xtrabackup_checkpoints'), 'latin1').catch(() => '');
  // What was prepared when it was made need not be prepared again to be so.
  return prepared || readSaid(checkpoints, '').type === 'prepared' ? [] : [finding('restore.incomplete', 'failed', { probe: PROBE })];
}

function inJail(run: Restoring, command: Pick<JailCommand, 'file' | 'args' | 'mounts'>): Promise<ToolResult> {
  const env = { LC_ALL: 'C', TZ: 'UTC', HOME: '/nonexistent', TMPDIR: RESTORED_AT };
  return run.target.jail.run({ ...command, env }, run.stop);
}

async function copy(run: Restoring, { from, into }: { readonly from: string; readonly into: Mount }): Promise<Finding | undefined> {
  const args = ['-R', '--preserve=timestamps', '--sparse=auto', '--', `${STAGED_AT}/${from}/.`, into.at];
  const result = await inJail(run, { file: '/bin/cp', args, mounts: [{ from: run.staged.folder, at: STAGED_AT }, into] });
  refuseIfStopped(run.stop);
  if (result.exitCode === 0) return undefined;
  return brokenBy(run.target.jail.limitHit()) ?? unknown('cp', result);
}

/** It succeeded when its exit code is 0 and its last line says so: either alone has lied. */
async function prepare(run: Restoring, step: { readonly index: number; readonly mounts: readonly Mount[] }): Promise<Finding | undefined> {
  const increment = step.index === 0 ? [] : [`--incremental-dir=${INCREMENT_AT}`];
  const args = ['--no-defaults', '--prepare', `--target-dir=${RESTORED_AT}`, ...increment, `--use-memory=${memory(run)}`];
  const result = await inJail(run, { file: NEED.file, args, mounts: step.mounts });
  run.target.toolLog('mariabackup', result.stderr);
  refuseIfStopped(run.stop);
  if (result.exitCode === 0 && /completed OK!\s*$/.test(result.stderr)) return undefined;
  const limited = brokenBy(run.target.jail.limitHit());
  if (limited !== undefined) return limited;
  const facts = {
    probe: PROBE,
    object: `mariabackup --prepare, part ${step.index + 1}`,
    observed: `exit code ${result.exitCode ?? 'none'}`,
  };
  return finding('restore.not-prepared', 'failed', facts);
}

/** `completed OK!` is said over corrupt pages too: innochecksum reads every one of them. 0: sound, 1: not. */
async function checkPages(run: Restoring, folder: string): Promise<readonly Finding[]> {
  const script =
    'find . -name "*.ibd" -size +0 -print0 | xargs -0 -r -n1 sh -c \'innochecksum "$0" > /dev/null 2>&1; case $? in 0) ;; 1) echo bad;; *) echo odd;; esac\'';
  const result = await inJail(run, {
    file: '/bin/sh',
    args: ['-c', `cd ${RESTORED_AT} && ${script}`],
    mounts: [{ from: folder, at: RESTORED_AT }],
  });
  refuseIfStopped(run.stop);
  const said = result.stdout.split('\n');
  const bad = said.filter(line => line === 'bad').length;
  if (result.exitCode !== 0 || said.includes('odd')) return [brokenBy(run.target.jail.limitHit()) ?? unknown('innochecksum', result)];
  return bad === 0 ? [] : [finding('restore.corrupt', 'failed', { probe: PROBE, unit: 'table files', expected: 0, observed: bad })];
}

function unknown(object: string, result: ToolResult): Finding {
  const observed = result.exitCode === undefined ? (result.signal ?? 'no exit code') : `exit code ${result.exitCode}`;
  return finding('restore.unknown-exit', 'inconclusive', { probe: PROBE, object, observed });
}

function memory({ target }: Restoring): string {
  return `${Math.max(64, Math.min(2_048, Math.floor(target.jail.limits.memoryBytes / 4 / 2 ** 20)))}M`;
}

function refuseIfStopped(stop: AbortSignal): void {
  if (stop.aborted) throw new BackupError('stopped', 'the restore was stopped', { hint: 'Run the drill again.' });
}
