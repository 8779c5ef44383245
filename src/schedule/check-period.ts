import type { Plan } from '../plan/plan.ts';
import { checkSchedule, occurrencesFrom, type Schedule } from './schedule.ts';
import { horizon, iso, LEAST_AHEAD_MS, type Scheduled, type SchedulePeriod } from './scheduled.ts';

/** How often backup checks come in a period. */
export interface Rhythm {
  /** The distance between two of them; where the distances differ (the rule leaves out nights, or the clocks change), the smallest. */
  readonly everyMs: number;
  readonly count: number;
  /** All distances are the same. */
  readonly even: boolean;
}

/** The periods of backup checks: they list no occurrences, only how many there are. A changed rule begins a period at once. */
export function checkPeriods(scheduled: Scheduled, plans: readonly Plan[], first: number): readonly SchedulePeriod[] {
  // Most plans of a fleet have the same rule: it is counted once.
  const counted = new Map<string, Rhythm>();
  return plans.flatMap(plan => {
    const schedule = checkSchedule(plan);
    const from = startOf(scheduled, schedule, first);
    if (from === undefined) return [];
    const to = Math.max(horizon(first), from);
    const key = [schedule.cron, schedule.timezone, from, to].join(' ');
    const rhythm = counted.get(key) ?? rhythmOf(schedule, from, to);
    counted.set(key, rhythm);
    const { everyMs, count } = rhythm;
    const rule = { cron: schedule.cron, timeZone: schedule.timezone };
    return [
      { plan: plan.plan, planDigest: plan.digest, kind: 'backup-check', from: iso(from), to: iso(to), rule, everyMs, count, cancels: [] },
    ];
  });
}

/** Where the next period begins; undefined if what is written reaches far enough. */
function startOf(scheduled: Scheduled, { plan, cron, timezone }: Schedule, first: number): number | undefined {
  const until = scheduled.until(plan, 'backup-check');
  if (until === undefined) return first;
  const end = Date.parse(until.to);
  if (end <= first || until.rule.cron !== cron || until.rule.timeZone !== timezone) return first;
  return end - first < LEAST_AHEAD_MS ? end : undefined;
}

/** Counts what is due with `from` ≤ dueAt < `to`. */
export function rhythmOf(schedule: Schedule, from: number, to: number): Rhythm {
  const distances = new Set<number>();
  let last: number | undefined;
  let count = 0;
  for (const { dueAt } of occurrencesFrom(schedule, new Date(from), new Date(to))) {
    const due = Date.parse(dueAt);
    if (last !== undefined) distances.add(due - last);
    last = due;
    count += 1;
  }
  // Fewer than two in the period: the distance is that to the next one.
  if (distances.size === 0) distances.add(distanceAfter(schedule, from));
  return { everyMs: Math.min(...distances), count, even: distances.size === 1 };
}

function distanceAfter(schedule: Schedule, from: number): number {
  const dues: number[] = [];
  for (const { dueAt } of occurrencesFrom(schedule, new Date(from), new Date(from + 10 * 366 * 86_400_000))) {
    dues.push(Date.parse(dueAt));
    if (dues.length === 2) break;
  }
  const [first = from, second = first] = dues;
  return second - first;
}
