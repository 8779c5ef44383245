import { finding, type Finding, type FindingCode, type Outcome } from '../../finding/finding.ts';
import type { Cause, RecoveryLog } from './recovery-log.ts';

const BY_CAUSE: Readonly<Record<Exclude<Cause, 'other'>, readonly [FindingCode, Outcome]>> = {
  'no-log': ['backup.wal-missing', 'failed'],
  'target-not-reached': ['restore.target-not-reached', 'failed'],
  'target-too-early': ['restore.target-not-reached', 'failed'],
  timeline: ['backup.timeline-missing', 'failed'],
  control: ['restore.corrupt', 'failed'],
  // We ask for at least what the source had; it can have asked for more later than the backup says.
  settings: ['restore.settings-too-low', 'inconclusive'],
};

/** Classes of SQLSTATE that speak of the data: damaged, missing, in a state in which they must not be. All others may speak of this machine. */
const OF_DATA = /^(?:XX|58|55)/;

/** Why a server over restored files did not come up, by its own last complaint. */
export function findingOfEnd({ fatal, foreign }: RecoveryLog): Finding {
  if (foreign) return finding('backup.wal-foreign', 'failed', { probe: 'restore', unit: 'segments', expected: 0, observed: 1 });
  if (fatal === undefined) return finding('service.died', 'inconclusive', { probe: 'service' });
  const { sqlState, cause } = fatal;
  const said = { probe: 'restore', observed: sqlState };
  if (cause !== 'other') {
    const [code, outcome] = BY_CAUSE[cause];
    return finding(code, outcome, said);
  }
  return finding('restore.server-refuses', OF_DATA.test(sqlState) ? 'failed' : 'inconclusive', said);
}
