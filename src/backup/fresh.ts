import { finding, type Finding } from '../finding/finding.ts';
import type { BackupSection, Contract } from '../plan/plan.ts';
import type { RecoveryPoint } from './backup.ts';

export interface FreshTerms {
  readonly section: BackupSection;
  readonly contract: Pick<Contract, 'rpoMs'>;
  /** The wall clock, ISO. */
  readonly now: string;
}

/**
 * The age of the newest valid point against what the job promises and against the RPO. Older than the RPO is told; it decides once the grace
 * of the job is over too, as the escalation's condition `recovery-point-stale` does (escalation.md, section 2). While a point from the
 * future hides the newest data, nothing is said: that finding is inconclusive already.
 */
export function checkFresh(newest: RecoveryPoint | undefined, said: readonly Finding[], terms: FreshTerms): readonly Finding[] {
  if (newest === undefined || said.some(found => found.code === 'backup.future-date')) return [];
  return [...stale(newest, terms), ...older(newest, terms)];
}

function stale(newest: RecoveryPoint, { section, now }: FreshTerms): readonly Finding[] {
  if (section.job === null) return [];
  const promised = section.job.everyMs + section.job.graceMs;
  const age = Date.parse(now) - Date.parse(newest.consistentAt ?? newest.availableAt);
  if (age <= promised) return [];
  return [finding('backup.stale', 'failed', { probe: 'backup', unit: 'seconds', expected: seconds(promised), observed: seconds(age) })];
}

/**
 * The data of a point that says no moment are as old as the point at least: too old may be known where fresh enough is not. Fresh enough by
 * its date is then all that can be asked, and a note says so: drills do not test the RPO of such a point and pass, and a folder of healthy
 * plain dumps must not keep people busy. That an old dump was stored again decides elsewhere (`backup.same-bytes`).
 */
function older(newest: RecoveryPoint, { section, contract, now }: FreshTerms): readonly Finding[] {
  const age = Date.parse(now) - Date.parse(newest.consistentAt ?? newest.availableAt);
  const required = age > contract.rpoMs + (section.job?.graceMs ?? 0);
  const facts = { unit: 'seconds', expected: seconds(contract.rpoMs), observed: seconds(age) };
  const tooOld = age > contract.rpoMs ? [finding('backup.older-than-objective', 'failed', { probe: 'backup', required, ...facts })] : [];
  if (newest.consistentAt !== null || required) return tooOld;
  return [...tooOld, finding('backup.age-unknown', 'inconclusive', { probe: 'backup', required: false })];
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}
