import type { BackupJob } from '../plan/plan.ts';
import { median } from './check.ts';

/** One run of a backup job as it was reported: by pings, or by `resurgam wrap`. Stamps are ISO, UTC. */
export interface JobRun {
  readonly run: string;
  readonly source: 'ping' | 'wrap';
  /** `started`: nothing was heard of its end. */
  readonly state: 'started' | 'succeeded' | 'failed';
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly exitCode: number | null;
  readonly durationMs: number | null;
  readonly outputBytes: number | null;
  /** When something was last heard of it. */
  readonly seenAt: string;
}

export type JobCondition = 'late-start' | 'running-long' | 'failed-twice' | 'never-seen';

/** How a backup job stands, by what it says of itself. */
export interface JobState {
  /** It reports, or was given a ping key to report with. Of a job that does neither nothing can be said. */
  readonly watched: boolean;
  readonly conditions: readonly JobCondition[];
  /** Runs that failed since the last success, newest first. A run that was begun again without having ended counts as failed. */
  readonly failedInARow: number;
  /** Of the run that goes on now. */
  readonly runningMs: number | null;
  /** Median of the last successes. */
  readonly usualMs: number | null;
  /** Since the newest run began (or was first heard), or since the key was made if there was none. */
  readonly silentMs: number | null;
}

export interface JobMoment {
  /** The wall clock, ISO. */
  readonly now: string;
  /** Since when pings could have come: when the key was made. `null`: there is no key. */
  readonly expectedSince: string | null;
}

/** So many successes are looked back at. */
const COMPARED = 7;
/** Fewer of them are no history. */
const LEAST = 3;
const TOO_LONG = 3;

/** Late start, running too long (more than three times the usual, and than the grace), failed twice in a row, never heard. Pure. */
export function jobState(rows: readonly JobRun[], job: BackupJob | null, at: JobMoment): JobState {
  const runs = [...rows].sort((a, b) => beganMs(b) - beganMs(a));
  const usualMs = usual(runs);
  const runningMs = running(runs[0], at.now);
  const since = runs[0] === undefined ? at.expectedSince : new Date(beganMs(runs[0])).toISOString();
  const silentMs = since === null ? null : Math.max(0, Date.parse(at.now) - Date.parse(since));
  const failedInARow = failures(runs);
  const isOverdue = job !== null && silentMs !== null && silentMs > job.everyMs + job.graceMs;
  const conditions: JobCondition[] = [];
  if (isOverdue && runs.length === 0) conditions.push('never-seen');
  if (isOverdue && runs.length > 0 && runningMs === null) conditions.push('late-start');
  if (isLong(runningMs, usualMs, job)) conditions.push('running-long');
  if (failedInARow >= 2) conditions.push('failed-twice');
  return { watched: runs.length > 0 || at.expectedSince !== null, conditions, failedInARow, runningMs, usualMs, silentMs };
}

/** A job that reports only its end is put there. */
function beganMs(run: JobRun): number {
  return Date.parse(run.startedAt ?? run.endedAt ?? run.seenAt);
}

function usual(runs: readonly JobRun[]): number | null {
  const durations = runs.flatMap(run => (run.state === 'succeeded' && run.durationMs !== null ? [run.durationMs] : []));
  return durations.length < LEAST ? null : (median(durations.slice(0, COMPARED)) ?? null);
}

/** Only the newest run can still go on: one that was overtaken has come to nothing. */
function running(newest: JobRun | undefined, now: string): number | null {
  return newest?.state === 'started' ? Math.max(0, Date.parse(now) - beganMs(newest)) : null;
}

function failures(runs: readonly JobRun[]): number {
  const ended = runs[0]?.state === 'started' ? runs.slice(1) : runs;
  const success = ended.findIndex(run => run.state === 'succeeded');
  return success < 0 ? ended.length : success;
}

/** Without a history the next run is the limit: two runs at once are never meant. */
function isLong(runningMs: number | null, usualMs: number | null, job: BackupJob | null): boolean {
  if (runningMs === null) return false;
  if (usualMs !== null) return runningMs > TOO_LONG * usualMs && runningMs > (job?.graceMs ?? 0);
  return job !== null && runningMs > job.everyMs;
}
