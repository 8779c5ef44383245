import type { FieldsOf } from './entry.ts';
import type { DrillRecord } from './record.ts';

/** Path of a drill's record in the ledger's folder and in the evidence pack. */
export function recordName(drill: string): string {
  return `drills/${drill}.json`;
}

/** The fields of `drill-finished` are those of the record that it vouches for, with the findings counted. */
export function finishedEntry(record: DrillRecord): FieldsOf<'drill-finished'> {
  const { drill, plan, occurrence, trigger, attempt, retryOf, verdict, reasons, startedAt, usableAt, endedAt } = record;
  const { recoveryTime, projection, recoveryPointAge, objectives, destroyed } = record;
  const count = (outcome: DrillRecord['findings'][number]['outcome']): number =>
    record.findings.filter(finding => finding.outcome === outcome).length;
  const findings = {
    passed: count('passed'),
    failed: count('failed'),
    inconclusive: count('inconclusive'),
    skipped: count('skipped'),
  };
  const about = { drill, plan, occurrence, trigger, attempt, retryOf, verdict, reasons, startedAt, usableAt, endedAt };
  return { ...about, recoveryTime, projection, recoveryPointAge, objectives, findings, destroyed, record: recordName(drill) };
}
