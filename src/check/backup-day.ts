import type { FieldsOf } from '../evidence/entry.ts';
import { worstAge, type UsablePoint } from '../measurement/worst-age.ts';
import type { ArrivedPoint, BackupCheckRow } from '../store/state/backup-checks.ts';
import type { LocalDay } from './local-day.ts';

export interface DayFacts {
  readonly plan: string;
  readonly timeZone: string;
  readonly day: LocalDay;
  readonly rpoMs: number;
  /** Components that have a backup, by the plan. */
  readonly components: readonly string[];
  /** Checks that were due in the day, by the schedule. */
  readonly expected: number;
  readonly skipped: number;
  /** Checks of the day and of a while after it: a point that arrived in the evening is first seen later. */
  readonly rows: readonly BackupCheckRow[];
  /** The last check of each component before the day that saw a valid point. */
  readonly before: readonly BackupCheckRow[];
}

type Outcome = BackupCheckRow['outcome'];
type Day = FieldsOf<'backup-day'>;

/** What a `backup-day` entry says of a local day (evidence.md, section 4; measurement.md, section 8). Pure. A day without a check has them all missed. */
export function backupDay(facts: DayFacts): Day {
  const { plan, timeZone, day, expected, skipped } = facts;
  const outcomes = outcomesOf(facts);
  const of = (outcome: Outcome): number => outcomes.filter(one => one === outcome).length;
  const done = outcomes.length;
  return {
    plan,
    day: day.day,
    timeZone,
    expected,
    done,
    skipped,
    missed: Math.max(0, expected - done - skipped),
    outcomes: { passed: of('passed'), failed: of('failed'), inconclusive: of('inconclusive') },
    components: facts.components.map(component => componentDay(component, facts)),
  };
}

const WORST: readonly Outcome[] = ['passed', 'inconclusive', 'failed'];

/** One per occurrence that was done: the worst of its components. A check that somebody asked for is none of the expected ones. */
function outcomesOf({ day, rows }: DayFacts): readonly Outcome[] {
  const byDue = new Map<string, Outcome>();
  for (const { dueAt, outcome } of rows) {
    if (dueAt === null || dueAt < day.from || dueAt >= day.to) continue;
    const known = byDue.get(dueAt) ?? 'passed';
    byDue.set(dueAt, WORST.indexOf(outcome) > WORST.indexOf(known) ? outcome : known);
  }
  return [...byDue.values()];
}

function componentDay(component: string, { day, rpoMs, rows, before }: DayFacts): Day['components'][number] {
  const seen = rows.filter(row => row.component === component).flatMap(row => row.arrived);
  const arrived = [...new Map(seen.map(point => [point.id, point])).values()];
  const ofDay = arrived.filter(point => point.availableAt >= day.from && point.availableAt < day.to);
  const verified = ofDay.filter(point => point.valid).length;
  const known = before.flatMap(row => (row.component === component && row.newest !== null ? [{ ...row.newest, valid: true }] : []));
  const period = { from: Date.parse(day.from), to: Date.parse(day.to), rpo: rpoMs };
  const { worst, timeAbove } = worstAge(usable([...known, ...arrived]), period);
  return { component, points: ofDay.length, verified, failed: ofDay.length - verified, worstAgeMs: whole(worst), aboveTargetMs: timeAbove };
}

/** A point that says no moment has no age: for the worst age it is as if it were not there. */
function usable(points: readonly ArrivedPoint[]): readonly UsablePoint[] {
  return points.flatMap(({ valid, consistentAt, availableAt }) =>
    valid && consistentAt !== null ? [{ consistentAt: Date.parse(consistentAt), availableAt: Date.parse(availableAt) }] : [],
  );
}

/** A clock that is a little ahead makes an age a little below nothing. */
function whole(ms: number | null): number | null {
  return ms === null ? null : Math.max(0, ms);
}
