import { finding, type Finding } from '../../finding/finding.ts';
import { findProgram, lacks, sayLack, type FoundProgram } from '../../system/program.ts';
import { BackupError, type Restored, type Staged } from '../backup.ts';
import type { Restoring } from '../dump-files/read-script.ts';
import type { MariadbFiles } from '../mariadb-files.ts';
import type { RestoreTarget } from '../target.ts';
import { NEED } from './need.ts';
import { checkPages } from './pages.ts';
import { PROBE } from './jail.ts';
import { prepareAll } from './prepare.ts';
import { readStaged } from './staged.ts';
import { lackOfKeys } from './table-keys.ts';

/** Full backup, then each increment, prepared as for production; then every page of every table file is checked. */
export async function restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const { folder } = target;
  if (folder === undefined) throw new BackupError('tool-failed', 'there is no folder to restore into', { hint: 'Report this.' });
  const program = await findProgram(NEED, stop);
  if (lacks(program)) {
    const { message, hint } = sayLack(NEED, program);
    throw new BackupError('tool-missing', message, { hint });
  }
  const handle = readStaged(staged.handle);
  refuseOtherSeries(program, handle.series);
  const run: Restoring = { staged, target, stop };
  const { bad, settings, lastLsn } = await prepareAll(run, folder);
  const lacking = bad.length === 0 ? await lackOfKeys(run, { folder, said: '' }) : [];
  const pages = bad.length === 0 ? await checkPages(run, { folder, lastLsn }) : [];
  const layout: MariadbFiles = { engine: 'mariadb', settings, keys: handle.tableKeys, binlogs: handle.stagedBinlogs };
  // Without any keys a server would call tables corrupt that are not.
  const usable = bad.length === 0 && lacking.every(({ outcome }) => outcome === 'failed');
  return { ...answer(program, [...bad, ...lacking, ...pages]), usable, layout: { ...layout } };
}

/** It refuses the log of another series with the exit code that it has for a bad one. */
function refuseOtherSeries({ version }: FoundProgram, series: string | null): void {
  if (series === null || `${version}.`.startsWith(`${series}.`)) return;
  throw new BackupError('tool-missing', `the backup is of MariaDB ${series}; on this machine there is mariabackup ${version}`, {
    hint: `Drill on a machine with ${NEED.package} ${series} and mariadb-server ${series}: another series cannot prepare it.`,
  });
}

function answer({ version }: FoundProgram, bad: readonly Finding[]): Omit<Restored, 'usable'> {
  const ok = bad.length === 0 ? [finding('restore.ok', 'passed', { probe: PROBE })] : [];
  return { findings: [...ok, ...bad], tools: [{ name: 'mariabackup', version }], says: {} };
}
