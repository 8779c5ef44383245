import type { Finding } from '../finding/finding.ts';
import type { Verdict } from '../probe/verdict.ts';
import type { Proof } from './matter.ts';
import { observed, proof, type Happening, type Source } from './seen.ts';

/** What is known of a finished drill. */
export interface DrillSeen extends Source {
  readonly drill: string;
  readonly verdict: Verdict;
  readonly trigger: NonNullable<Proof['trigger']>;
  /** Components that it drilled. */
  readonly components: readonly string[];
  readonly findings: readonly Pick<Finding, 'code' | 'component' | 'required' | 'outcome' | 'expected' | 'observed'>[];
  /** Codes that decided the verdict. */
  readonly reasons: readonly string[];
  /** Verdicts of the plan before this one, newest first, one for each occurrence (measurement.md, section 9). */
  readonly earlier: readonly Verdict[];
  /** Rows of the whole system at the last accepted drill; `null`: there was none, or nobody counted. */
  readonly rowsBefore: number | null;
}

/** Share of rows, or of tables, gone against the last accepted drill that suggests tampering (escalation.md, section 2). */
const SUSPECT_SHARE = 0.3;
const UNRELIABLE = { bad: 3, of: 10 };

/** What follows from a finished drill, for its plan. Order: what is wrong, then what is proved. */
export function conditionsOfDrill(seen: DrillSeen): readonly Happening[] {
  return [...wrong(seen), ...proved(seen)];
}

function wrong(seen: DrillSeen): readonly Happening[] {
  const { verdict, earlier, drill } = seen;
  const failed = seen.findings.filter(found => found.outcome === 'failed');
  const about = { occasion: drill, drill, codes: seen.reasons, components: componentsOf(failed.filter(found => found.required)) };
  const found: Happening[] = [];
  const suspects = suspicious(failed, seen.rowsBefore);
  if (suspects.length > 0) {
    found.push(observed('integrity-suspect', seen, { ...about, codes: codesOf(suspects), components: componentsOf(suspects) }));
  }
  if (verdict === 'failed') found.push(observed('drill-failed', seen, { ...about, inARow: inARow(verdict, earlier) }));
  if (verdict === 'objective-missed') found.push(observed('objective-missed', seen, about));
  if (verdict === 'inconclusive') {
    const unclear = seen.findings.filter(one => one.outcome === 'inconclusive' && one.required);
    found.push(observed('drill-inconclusive', seen, { ...about, components: componentsOf(unclear), inARow: inARow(verdict, earlier) }));
  }
  if (isBad(verdict) && isUnreliable([verdict, ...earlier])) found.push(observed('drill-unreliable', seen, about));
  return found;
}

/** An inconclusive drill proves nothing and disproves nothing. */
function proved(seen: DrillSeen): readonly Happening[] {
  const { verdict, trigger, components, earlier } = seen;
  if (verdict === 'inconclusive') return [];
  const about = { trigger, components };
  const passed = verdict === 'passed';
  const three =
    passed &&
    conclusive(earlier)
      .slice(0, 2)
      .filter(before => before === 'passed').length === 2;
  return [
    proof('drill-conclusive', seen, about),
    proof('drill-passed', seen, { ...about, holds: passed }),
    ...(three || !passed ? [proof('three-passed', seen, { ...about, holds: three })] : []),
  ];
}

/** How often it happened in a row, this time counted. Nothing is concluded from an inconclusive drill, so it ends no row of failed ones. */
export function inARow(verdict: Verdict, earlier: readonly Verdict[]): number {
  const row = verdict === 'inconclusive' ? earlier : conclusive(earlier);
  const end = row.findIndex(before => before !== verdict);
  return 1 + (end === -1 ? row.length : end);
}

function isUnreliable(verdicts: readonly Verdict[]): boolean {
  return conclusive(verdicts).slice(0, UNRELIABLE.of).filter(isBad).length >= UNRELIABLE.bad;
}

function conclusive(verdicts: readonly Verdict[]): readonly Verdict[] {
  return verdicts.filter(verdict => verdict !== 'inconclusive');
}

function isBad(verdict: Verdict): boolean {
  return verdict === 'failed' || verdict === 'objective-missed';
}

type Failed = DrillSeen['findings'];

/** Bytes that are not those that were written down, or so many rows or tables gone that no ordinary day explains it. */
function suspicious(failed: Failed, rowsBefore: number | null): Failed {
  const digests = failed.filter(found => found.code === 'backup.digest-mismatch');
  const fewer = failed.filter(found => found.code === 'inventory.rows-missing');
  const had = sum(fewer, found => found.expected);
  const lost = had - sum(fewer, found => found.observed);
  const emptied = failed.filter(found => rowsBefore !== null && (found.code === 'inventory.no-rows' || found.code === 'inventory.empty'));
  const other = failed.filter(found => found.code === 'inventory.other-database' && share(found.observed, found.expected) >= SUSPECT_SHARE);
  return [...digests, ...(share(lost, rowsBefore ?? had) >= SUSPECT_SHARE ? fewer : []), ...emptied, ...other];
}

function sum(findings: Failed, of: (found: Failed[number]) => unknown): number {
  return findings.reduce((total, found) => total + numeric(of(found)), 0);
}

function share(part: unknown, whole: unknown): number {
  return numeric(whole) === 0 ? 0 : numeric(part) / numeric(whole);
}

function numeric(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function codesOf(findings: Failed): readonly string[] {
  return [...new Set(findings.map(found => found.code))].sort();
}

function componentsOf(findings: Failed): readonly string[] {
  return [...new Set(findings.flatMap(found => found.component ?? []))].sort();
}
