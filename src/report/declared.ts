import type { PrintedDrill } from '../evidence/record.ts';
import { sayAge, sayTime } from '../measurement/wording.ts';
import type { BasisLine } from './view.ts';
import { counted, listed } from './words.ts';

const SOURCE: Readonly<Record<PrintedDrill['objectives']['source'], string>> = {
  plan: 'by the contract in the plan',
  client: 'by the contract of the client',
  default: 'by default: no contract names any. No law sets these numbers',
};

/** What was stated by people and not measured. */
export function declared(record: PrintedDrill): BasisLine[] {
  const { rto, rpo, source } = record.objectives;
  const objectives = `The objectives are ${sayTime(rto.targetMs)} for the recovery time and ${sayAge(rpo.targetMs)} for the age of the data`;
  const said = [`${objectives}, ${SOURCE[source]}.`, ...allowance(record), ...points(record), ...isolation(record)];
  return said.map(sentence => ({ basis: 'Declared', sentence }));
}

function allowance({ projection }: PrintedDrill): string[] {
  if (projection === null) return [];
  const { detectMs, decideMs, factor } = projection;
  const people =
    detectMs + decideMs > 0
      ? `Detection ${sayTime(detectMs)}, decision ${sayTime(decideMs)}, before a recovery begins.`
      : 'No time is counted for people to detect a loss and to decide.';
  const hardware = Number(factor) === 1 ? 'the same time as the sandbox' : `${factor} × the time of the sandbox`;
  return [people, `Production is taken to need ${hardware}.`];
}

function points(record: PrintedDrill): string[] {
  const byName = record.recoveryPoints.filter(point => point.consistentBasis === 'declared').map(point => point.component);
  return byName.length === 0 ? [] : [`The moment of the backup of ${listed(byName)} is a declaration; the backup itself does not say it.`];
}

function isolation({ sandbox }: PrintedDrill): string[] {
  if (sandbox?.isolation !== 'accepted') return [];
  return [`Weaker isolation of the sandbox was accepted: ${sandbox.acceptedReason ?? 'no reason was given'}.`];
}

/** What this drill leaves open. Nothing in it is a dash, a zero or a tick. */
export function notTested(record: PrintedDrill): string[] {
  const skipped = record.findings.filter(found => found.outcome === 'skipped');
  const asked = [...new Set(skipped.map(found => found.probe))];
  return [
    ...(record.recoveryTime.ms === null ? [`The recovery time: ${record.recoveryTime.because ?? 'no reason was recorded'}.`] : []),
    ...(record.recoveryPointAge.ms === null
      ? [`The age of the data: ${record.recoveryPointAge.because ?? 'no reason was recorded'}.`]
      : []),
    ...(skipped.length === 0 ? [] : [`${counted(skipped.length, 'question')} not asked: ${listed(asked)}.`]),
    ...record.limitations,
  ];
}
