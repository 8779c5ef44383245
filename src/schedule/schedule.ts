import { Cron } from 'croner';
import { formatDuration } from '../plan/duration.ts';
import type { Plan } from '../plan/plan.ts';
import { Closed, type Blackout } from './closing.ts';
import { occurrenceAt, type Occurrence, type OccurrenceKind } from './occurrence.ts';
import { patternOf, spreadFrom } from './spread.ts';

/** When something of a plan is due: wall time of a zone, so that 02:00 stays 02:00 when the clocks change; or a cadence. */
export interface Schedule {
  readonly plan: string;
  readonly kind: OccurrenceKind;
  /** `@every 7d` where there is a cadence. */
  readonly cron: string;
  readonly timezone: string;
  /** How long after `dueAt` it is not yet missed. */
  readonly graceMs: number;
  /** Instead of `cron`: at most so long between two, spread by the names. */
  readonly cadence?: { readonly client: string; readonly everyMs: number } | undefined;
  /** Weekly windows in which nothing is due, and approved stretches. What would be due there is due at the end, once. */
  readonly forbid?: readonly string[];
  readonly blackouts?: readonly Blackout[];
}

/** Half a working day: a drill that was due at night may still begin before people come. */
const DRILL_GRACE_MS = 6 * 3_600_000;
const CHECK_GRACE_MS = 15 * 60_000;

/** More than this many occurrences are not listed: a check every 15 minutes for a quarter is 8,832. */
const MOST = 10_000;
/** What comes at all comes within this: a rule that needs 29 February waits eight years at the most. */
const EVER_MS = 10 * 366 * 86_400_000;

/** `blackouts`: the client's approved maintenance windows in which this plan takes part. */
export function drillSchedule(plan: Plan, blackouts: readonly Blackout[] = []): Schedule {
  const { drill, timezone, forbid } = plan.schedule;
  const everyMs = drill.everyMs ?? null;
  const cron = drill.cron ?? `@every ${formatDuration(everyMs ?? 0)}`;
  const cadence = everyMs === null ? undefined : { client: plan.client, everyMs };
  return { plan: plan.plan, kind: 'drill', cron, timezone, graceMs: DRILL_GRACE_MS, cadence, forbid, blackouts };
}

export function checkSchedule(plan: Plan): Schedule {
  const { backupCheck, timezone } = plan.schedule;
  return { plan: plan.plan, kind: 'check', cron: backupCheck, timezone, graceMs: CHECK_GRACE_MS };
}

/**
 * Every occurrence with `from` ≤ dueAt < `to`, in order. Pure. A wall time that the change to daylight saving time leaves out comes at
 * the first moment after the gap; one that the change back repeats comes once, but what is due every hour or
 * oftener goes on through it. What falls into a closed stretch is due at its end, once for each stretch; the start window ends where the
 * next closed stretch begins. Throws RangeError when there are more than 10,000.
 */
export function occurrencesBetween(schedule: Schedule, from: Date, to: Date): readonly Occurrence[] {
  const found: Occurrence[] = [];
  for (const occurrence of occurrencesFrom(schedule, from, to)) {
    found.push(occurrence);
    if (found.length > MOST) throw new RangeError(`more than ${MOST} occurrences between ${from.toISOString()} and ${to.toISOString()}`);
  }
  return found;
}

/** The same one by one, however many there are. */
export function* occurrencesFrom(schedule: Schedule, from: Date, to: Date): Generator<Occurrence> {
  const { timezone, forbid = [], blackouts = [] } = schedule;
  const closed = new Closed({ timezone, forbid, blackouts });
  let last = Number.NEGATIVE_INFINITY;
  for (const due of duesFrom(schedule, closed.reachesBack(from.getTime()))) {
    if (due >= to.getTime()) return;
    // Everything up to the end of a closed stretch is due there, and was.
    const moved = due <= last ? undefined : closed.never ? due : closed.opensAt(due);
    if (moved === undefined) continue;
    last = moved;
    if (moved >= from.getTime() && moved < to.getTime()) yield occurrenceOf(schedule, closed, moved);
  }
}

function occurrenceOf(schedule: Schedule, closed: Closed, due: number): Occurrence {
  const until = closed.never ? undefined : closed.closesAt(due, due + schedule.graceMs);
  return occurrenceAt({ ...schedule, graceMs: (until ?? due + schedule.graceMs) - due }, new Date(due));
}

/** The first occurrence later than this moment; undefined if none ever comes. Pure. */
export function next(schedule: Schedule, after: Date): Occurrence | undefined {
  const [first] = occurrencesFrom(schedule, new Date(after.getTime() + 1), new Date(after.getTime() + EVER_MS));
  return first;
}

/** Where an occurrence stands if nothing was done about it. Pure: the same answer in a replay a year later. */
export function stateOf(occurrence: Occurrence, now: Date): 'waiting' | 'due' | 'missed' {
  if (now < new Date(occurrence.dueAt)) return 'waiting';
  return now <= new Date(occurrence.lateAfter) ? 'due' : 'missed';
}

function* duesFrom({ plan, cron, timezone, cadence, forbid = [] }: Schedule, fromMs: number): Generator<number> {
  if (cadence !== undefined) {
    const pattern = patternOf({ ...cadence, plan, timezone, forbid });
    if (pattern !== undefined) yield* spreadFrom(pattern, fromMs);
    return;
  }
  const rule = new Cron(cron, { timezone, paused: true });
  for (let due = rule.nextRun(new Date(fromMs - 1)); due !== null; due = rule.nextRun(due)) yield due.getTime();
}
