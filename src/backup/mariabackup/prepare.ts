import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { readFile } from '../../system/files.ts';
import { STAGED_AT, type Restoring } from '../dump-files/read-script.ts';
import { brokenBy } from '../limit.ts';
import type { LayoutSettings } from '../mariadb-files.ts';
import { unknownExit } from '../opening.ts';
import type { JailCommand, Mount } from '../target.ts';
import { inJail, PROBE, refuseIfStopped, RESTORED_AT } from './jail.ts';
import { NEED } from './need.ts';
import { endOfLog } from './end-of-log.ts';
import { readSaid } from './said.ts';
import { furnishSettings, PUT_SETTINGS, SETTINGS_AT } from './settings.ts';
import { readStaged, STREAM } from './staged.ts';
import { lackOfKeys } from './table-keys.ts';

const INCREMENT_AT = '/increment';

/** A backup that was prepared, or why it was not. */
export interface Prepared {
  readonly bad: readonly Finding[];
  readonly settings: LayoutSettings;
  /** Up to which its log reached: no page of it can be newer. `null`: it does not say. */
  readonly lastLsn: bigint | null;
}

/** The full backup, then each increment, prepared as for production. */
export async function prepareAll(run: Restoring, folder: string): Promise<Prepared> {
  const { keys, prepared, tableKeys } = readStaged(run.staged.handle);
  const whole: Mount = { from: folder, at: RESTORED_AT, write: true };
  const unprepared = (bad: readonly Finding[], settings: LayoutSettings = {}): Prepared => ({ bad, settings, lastLsn: null });
  const copied = await copy(run, { from: '0', into: whole });
  if (copied !== undefined) return unprepared([copied]);
  const furnished = await furnishSettings(run.target, { folder, staging: run.staged.folder, keys: tableKeys });
  const { settings } = furnished;
  const put = await inJail(run, { ...PUT_SETTINGS, mounts: [whole, furnished.mount] });
  if (put.exitCode !== 0) return unprepared([brokenBy(run.target.jail.limitHit()) ?? unknownExit('cp', put)]);
  for (const index of keys.keys()) {
    const mounts = [whole, furnished.mount];
    if (index > 0) {
      const into = { from: await run.target.jail.makeFolder(`increment-${index}`), at: INCREMENT_AT, write: true };
      const bad = await copy(run, { from: String(index), into });
      if (bad !== undefined) return unprepared([bad], settings);
      mounts.push(into);
    }
    const bad = await prepare(run, { index, mounts, folder });
    if (bad.length > 0) return unprepared(bad, settings);
  }
  const said = readSaid(await readFile(join(folder, 'xtrabackup_checkpoints'), 'latin1').catch(() => ''), '');
  // What was prepared when it was made need not be prepared again to be so.
  const incomplete = prepared || said.type === 'prepared' ? [] : [finding('restore.incomplete', 'failed', { probe: PROBE })];
  return { bad: incomplete, settings, lastLsn: prepared ? await endOfLog(folder) : said.lastLsn };
}

async function copy(run: Restoring, { from, into }: { readonly from: string; readonly into: Mount }): Promise<Finding | undefined> {
  const unpacks = readStaged(run.staged.handle).streams[Number(from)] === true;
  const command = unpacks ? unpacking(from, into) : copying(from, into);
  const result = await inJail(run, { ...command, mounts: [{ from: run.staged.folder, at: STAGED_AT }, into] });
  refuseIfStopped(run.stop);
  if (result.exitCode === 0) return undefined;
  const limited = brokenBy(run.target.jail.limitHit());
  if (limited !== undefined) return limited;
  return unpacks && result.exitCode === 1 ? finding('restore.corrupt', 'failed', { probe: PROBE }) : unknownExit(command.file, result);
}

type Command = Pick<JailCommand, 'file' | 'args'>;

function copying(from: string, into: Mount): Command {
  return { file: '/bin/cp', args: ['-R', '--preserve=timestamps', '--sparse=auto', '--', `${STAGED_AT}/${from}/.`, into.at] };
}

function unpacking(from: string, into: Mount): Command {
  return { file: '/bin/sh', args: ['-c', 'exec mbstream -x -C "$1" < "$0"', `${STAGED_AT}/${from}/${STREAM}`, into.at] };
}

interface Step {
  readonly index: number;
  readonly mounts: readonly Mount[];
  readonly folder: string;
}

/** It succeeded when its exit code is 0 and its last line says so: either alone has lied. */
async function prepare(run: Restoring, { index, mounts, folder }: Step): Promise<readonly Finding[]> {
  const increment = index === 0 ? [] : [`--incremental-dir=${INCREMENT_AT}`];
  const given = `--defaults-file=${SETTINGS_AT}/backup-my.cnf`;
  const args = [given, '--prepare', `--target-dir=${RESTORED_AT}`, ...increment, `--use-memory=${memory(run)}`];
  const result = await inJail(run, { file: NEED.file, args, mounts });
  run.target.toolLog('mariabackup', result.stderr);
  refuseIfStopped(run.stop);
  if (result.exitCode === 0 && /completed OK!\s*$/.test(result.stderr)) return [];
  const limited = brokenBy(run.target.jail.limitHit());
  if (limited !== undefined) return [limited];
  const lacking = await lackOfKeys(run, { folder, said: result.stderr });
  if (lacking.length > 0) return lacking;
  const facts = { probe: PROBE, object: `mariabackup --prepare, part ${index + 1}`, observed: `exit code ${result.exitCode ?? 'none'}` };
  return [finding('restore.not-prepared', 'failed', facts)];
}

function memory({ target }: Restoring): string {
  return `${Math.max(64, Math.min(2_048, Math.floor(target.jail.limits.memoryBytes / 4 / 2 ** 20)))}M`;
}
