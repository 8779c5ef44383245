import { finding, type Finding, type FindingCode, type FindingFacts } from '../finding/finding.ts';
import type { BackupJob } from '../plan/plan.ts';
import type { JobState } from './job-state.ts';

/**
 * What the job says of itself, as findings of the backup check. That it failed decides. Late, long and silent are told: whether they did
 * harm shows in the store.
 */
export function checkJob(state: JobState | null, job: BackupJob | null): readonly Finding[] {
  if (state === null || !state.watched) return [];
  const found: Finding[] = [];
  if (state.failedInARow > 0)
    found.push(told('backup.job-failed', { required: true, unit: 'runs', expected: 0, observed: state.failedInARow }));
  if (state.conditions.includes('late-start')) {
    found.push(told('backup.job-late', { unit: 'seconds', expected: seconds(job?.everyMs), observed: seconds(state.silentMs) }));
  }
  if (state.conditions.includes('running-long')) {
    const expected = seconds(state.usualMs ?? job?.everyMs);
    found.push(told('backup.job-long', { unit: 'seconds', expected, observed: seconds(state.runningMs) }));
  }
  if (state.conditions.includes('never-seen')) {
    found.push(finding('backup.job-silent', 'inconclusive', { probe: 'backup', required: false, observed: seconds(state.silentMs) }));
  }
  return found;
}

function told(code: FindingCode, facts: FindingFacts): Finding {
  return finding(code, 'failed', { probe: 'backup', required: false, ...facts });
}

function seconds(ms: number | null | undefined): number | null {
  return ms === null || ms === undefined ? null : Math.round(ms / 1_000);
}
