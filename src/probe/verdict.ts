import type { Finding, FindingCode } from '../finding/finding.ts';

/** A drill's conclusion. `failed` is said about the backup; `inconclusive` only that nothing can be said. */
export type Verdict = 'passed' | 'objective-missed' | 'failed' | 'inconclusive';

/** How a measured figure stands to its objective; `not-tested` if there is no figure to judge. */
export type ObjectiveResult = 'met' | 'missed' | 'not-tested';

/** Everything that a verdict depends on. */
export interface Known {
  readonly findings: readonly Pick<Finding, 'code' | 'outcome' | 'required'>[];
  readonly rto: ObjectiveResult;
  readonly rpo: ObjectiveResult;
  /** The sandbox was looked for after its destruction, and nothing of it was there. */
  readonly destroyedVerified: boolean;
  /** What the plan itself renounces: `rto` by a sampled drill, `rpo` by another `pick` than `latest`. */
  readonly declaredNotTested: { readonly rto: boolean; readonly rpo: boolean };
}

/** The verdict, and the codes that decided it: each once, sorted. Empty for `passed`. */
export interface Conclusion {
  readonly verdict: Verdict;
  readonly reasons: readonly FindingCode[];
}

/**
 * The verdict of a drill: the first rule of measurement.md, section 9, that applies.
 *
 * A skip needs no cause here: what was skipped because a component failed stands beside that failure, so rule 1 has already spoken;
 * every other skip of something required is a question without an answer.
 */
export function conclude(known: Known): Conclusion {
  const required = known.findings.filter(found => found.required);
  const failed = required.filter(found => found.outcome === 'failed');
  if (failed.length > 0) return concluded('failed', codesOf(failed));

  const unanswered = required.filter(found => found.outcome === 'inconclusive' || found.outcome === 'skipped');
  const doubts: FindingCode[] = [...codesOf(unanswered)];
  if (!known.destroyedVerified) doubts.push('verdict.destruction-not-verified');
  if (required.length === 0) doubts.push('verdict.nothing-required');
  if (doubts.length > 0) return concluded('inconclusive', doubts);

  const missed: FindingCode[] = [];
  if (known.rto === 'missed') missed.push('objective.rto-missed');
  if (known.rpo === 'missed') missed.push('objective.rpo-missed');
  if (missed.length > 0) return concluded('objective-missed', missed);

  const untested: FindingCode[] = [];
  if (known.rto === 'not-tested' && !known.declaredNotTested.rto) untested.push('objective.rto-not-tested');
  if (known.rpo === 'not-tested' && !known.declaredNotTested.rpo) untested.push('objective.rpo-not-tested');
  if (untested.length > 0) return concluded('inconclusive', untested);

  return concluded('passed', []);
}

/**
 * What an occurrence with several attempts counts as: its first conclusive verdict. A retry replaces `inconclusive`, never `failed` or
 * `objective-missed` (measurement.md, section 9). No attempt at all is inconclusive.
 */
export function countOccurrence(attempts: readonly Verdict[]): Verdict {
  return attempts.find(verdict => verdict !== 'inconclusive') ?? 'inconclusive';
}

function codesOf(findings: Known['findings']): readonly FindingCode[] {
  return findings.map(found => found.code);
}

function concluded(verdict: Verdict, reasons: readonly FindingCode[]): Conclusion {
  return Object.freeze({ verdict, reasons: Object.freeze([...new Set(reasons)].sort()) });
}
