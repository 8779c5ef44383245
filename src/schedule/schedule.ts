import { Cron } from 'croner';
import type { Plan } from '../plan/plan.ts';
import { occurrenceAt, type Occurrence, type OccurrenceKind } from './occurrence.ts';

/** When something of a plan is due: wall time of a zone, so that 02:00 stays 02:00 when the clocks change. */
export interface Schedule {
  readonly plan: string;
  readonly kind: OccurrenceKind;
  readonly cron: string;
  readonly timezone: string;
  /** How long after `dueAt` it is not yet missed. */
  readonly graceMs: number;
}

/** Half a working day: a drill that was due at night may still begin before people come. */
const DRILL_GRACE_MS = 6 * 3_600_000;
const CHECK_GRACE_MS = 15 * 60_000;

/** More than this many occurrences are not listed: a check every 15 minutes for a quarter is 8,832. */
const MOST = 10_000;

export function drillSchedule(plan: Plan): Schedule {
  const { drill, timezone } = plan.schedule;
  return { plan: plan.plan, kind: 'drill', cron: drill.cron, timezone, graceMs: DRILL_GRACE_MS };
}

export function checkSchedule(plan: Plan): Schedule {
  const { backupCheck, timezone } = plan.schedule;
  return { plan: plan.plan, kind: 'check', cron: backupCheck, timezone, graceMs: CHECK_GRACE_MS };
}

/**
 * Every occurrence with `from` ≤ dueAt < `to`, in order. Pure. A wall time that the change to daylight saving time leaves out comes at
 * the first moment after the gap; one that the change back repeats comes once, but what is due every hour or
 * oftener goes on through it. Throws RangeError when there are more than 10,000.
 */
export function occurrencesBetween(schedule: Schedule, from: Date, to: Date): readonly Occurrence[] {
  const cron = cronOf(schedule);
  const found: Occurrence[] = [];
  for (let due = cron.nextRun(new Date(from.getTime() - 1)); due !== null && due < to; due = cron.nextRun(due)) {
    found.push(occurrenceAt(schedule, due));
    if (found.length > MOST) throw new RangeError(`more than ${MOST} occurrences between ${from.toISOString()} and ${to.toISOString()}`);
  }
  return found;
}

/** The first occurrence later than this moment; undefined if none ever comes. Pure. */
export function next(schedule: Schedule, after: Date): Occurrence | undefined {
  const due = cronOf(schedule).nextRun(after);
  return due === null ? undefined : occurrenceAt(schedule, due);
}

/** Where an occurrence stands if nothing was done about it. Pure: the same answer in a replay a year later. */
export function stateOf(occurrence: Occurrence, now: Date): 'waiting' | 'due' | 'missed' {
  if (now < new Date(occurrence.dueAt)) return 'waiting';
  return now <= new Date(occurrence.lateAfter) ? 'due' : 'missed';
}

function cronOf(schedule: Schedule): Cron {
  return new Cron(schedule.cron, { timezone: schedule.timezone, paused: true });
}
