import type { Occurrence } from './occurrence.ts';

const DAY_MS = 86_400_000;
/** A schedule that reaches less far is continued: a worker that is off for a week leaves no gap. */
export const LEAST_AHEAD_MS = 8 * DAY_MS;
/** A new period ends at the UTC midnight before this: about one entry a week for each plan. */
const MOST_AHEAD_MS = 16 * DAY_MS;
/** The rule of a plan that is gone: nothing is due. */
export const NOTHING = 'none';

/** A `schedule` entry before it has its place in the ledger (evidence.md, section 4). */
export type SchedulePeriod = {
  readonly plan: string;
  readonly planDigest: string;
  /** ISO, UTC, milliseconds; `to` is not in it. */
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly cron: string; readonly timeZone: string };
  readonly cancels: readonly { readonly id: string; readonly reason: string }[];
} & (
  | { readonly kind: 'drill'; readonly occurrences: readonly Occurrence[] }
  | { readonly kind: 'backup-check'; readonly everyMs: number; readonly count: number }
);

/** The end of what was scheduled for a plan, and by which rule. */
export type ScheduledUntil = Pick<SchedulePeriod, 'plan' | 'planDigest' | 'kind' | 'to' | 'rule'>;

/** What the ledger says of schedules so far. */
export interface Scheduled {
  until(plan: string, kind: SchedulePeriod['kind']): ScheduledUntil | undefined;
  /** Names of the plans that ever had a schedule. */
  plans(): Iterable<string>;
  /** Listed and neither ended nor cancelled. */
  waitingOf(plan: string): Iterable<Occurrence>;
  /** An id that is not yet due and must not be listed again. A skipped occurrence has ended; a cancelled one stays cancelled. */
  spent(id: string): 'skipped' | 'cancelled' | undefined;
}

/** Until when a period that begins here reaches: a UTC midnight, so that the days of all plans are the same. */
export function horizon(first: number): number {
  return Math.floor((first + MOST_AHEAD_MS) / DAY_MS) * DAY_MS;
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
