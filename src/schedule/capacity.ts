import type { Occurrence } from './occurrence.ts';

/** The drills of one plan in the time that is looked at. */
export interface PlanLoad {
  readonly plan: string;
  /** Only workers of this site run it. */
  readonly site: string;
  /** In order. */
  readonly occurrences: readonly Occurrence[];
  /** How long one drill takes. */
  readonly durationMs: number;
  /** `measured`: the median of drills that ended; `estimated`: nothing was measured yet. */
  readonly basis: 'measured' | 'estimated';
}

/** What works at each site. */
export interface Workforce {
  readonly workers: number;
  /** Drills that one worker runs at once. */
  readonly slots: number;
}

/** Whether one site keeps up. */
export interface SiteCapacity {
  readonly site: string;
  readonly plans: number;
  readonly drills: number;
  /** Sum of all drills. */
  readonly busyMs: number;
  /** Every drill begins in its start window, but for those of `impossible`. */
  readonly fits: boolean;
  /** The fewest workers with which it fits. */
  readonly workersNeeded: number;
  /** Plans some of whose drills would begin too late with the workers there are. */
  readonly late: readonly { readonly plan: string; readonly drills: number }[];
  /** Plans whose drills take longer than the time until the next: no number of workers helps. */
  readonly impossible: readonly { readonly plan: string; readonly everyMs: number; readonly durationMs: number }[];
}

interface Job {
  readonly plan: string;
  readonly dueMs: number;
  readonly lateMs: number;
  readonly durationMs: number;
}

/** Whether a fleet fits its workers, site by site. Pure: a simulation in which whoever would be missed soonest begins first. */
export function capacityOf(loads: readonly PlanLoad[], workforce: Workforce): readonly SiteCapacity[] {
  const sites = [...new Set(loads.map(({ site }) => site))].sort();
  return sites.map(site =>
    siteCapacity(
      site,
      loads.filter(load => load.site === site),
      workforce,
    ),
  );
}

function siteCapacity(site: string, loads: readonly PlanLoad[], { workers, slots }: Workforce): SiteCapacity {
  const impossible = loads.flatMap(load => {
    const everyMs = shortest(load.occurrences);
    return load.durationMs > everyMs ? [{ plan: load.plan, everyMs, durationMs: load.durationMs }] : [];
  });
  const hopeless = new Set(impossible.map(({ plan }) => plan));
  const possible = loads.filter(({ plan }) => !hopeless.has(plan));
  // Those that cannot keep up are busy all the time nevertheless; one slot each is set aside for them.
  const aside = hopeless.size;
  const late = lateWith(jobsOf(possible), workers * slots - aside);
  return {
    site,
    plans: loads.length,
    drills: loads.reduce((sum, { occurrences }) => sum + occurrences.length, 0),
    busyMs: loads.reduce((sum, { occurrences, durationMs }) => sum + occurrences.length * durationMs, 0),
    fits: late.size === 0,
    workersNeeded: Math.ceil((fewestSlots(jobsOf(possible)) + aside) / slots),
    late: [...late].map(([plan, drills]) => ({ plan, drills })).sort((a, b) => b.drills - a.drills || (a.plan < b.plan ? -1 : 1)),
    impossible,
  };
}

/** The shortest time between two drills; endless if there is one at most. */
function shortest(occurrences: readonly Occurrence[]): number {
  const dues = occurrences.map(({ dueAt }) => Date.parse(dueAt));
  return Math.min(Number.POSITIVE_INFINITY, ...dues.slice(1).map((due, index) => due - (dues[index] ?? 0)));
}

function jobsOf(loads: readonly PlanLoad[]): readonly Job[] {
  return loads
    .flatMap(({ plan, occurrences, durationMs }) =>
      occurrences.map(({ dueAt, lateAfter }) => ({ plan, dueMs: Date.parse(dueAt), lateMs: Date.parse(lateAfter), durationMs })),
    )
    .sort((a, b) => a.dueMs - b.dueMs);
}

/** The fewest slots with which no drill is late; as many as there are plans always do. */
function fewestSlots(jobs: readonly Job[]): number {
  let low = jobs.length === 0 ? 0 : 1;
  let high = Math.max(low, new Set(jobs.map(({ plan }) => plan)).size);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (lateWith(jobs, middle).size === 0) high = middle;
    else low = middle + 1;
  }
  return high;
}

/** Late drills by plan when so many run at once. A late one is missed: it takes no slot. */
function lateWith(jobs: readonly Job[], slots: number): ReadonlyMap<string, number> {
  const late = new Map<string, number>();
  const ready: Job[] = [];
  /** When each slot is free, the soonest first. */
  const free = Array.from({ length: Math.max(0, slots) }, () => Number.NEGATIVE_INFINITY);
  let next = 0;
  for (let now = jobs[0]?.dueMs ?? 0; next < jobs.length || ready.length > 0;) {
    for (let job = jobs[next]; job !== undefined && job.dueMs <= now; job = jobs[next]) {
      insert(ready, job, other => other.lateMs <= job.lateMs);
      next += 1;
    }
    const job = ready[0];
    const soonest = free[0] ?? Number.POSITIVE_INFINITY;
    if (job === undefined) now = jobs[next]?.dueMs ?? now;
    else if (Math.max(now, soonest) > job.lateMs) {
      ready.shift();
      late.set(job.plan, (late.get(job.plan) ?? 0) + 1);
    } else if (soonest > now) now = Math.min(soonest, jobs[next]?.dueMs ?? soonest);
    else {
      ready.shift();
      free.shift();
      insert(free, now + job.durationMs, other => other <= now + job.durationMs);
    }
  }
  return late;
}

/** Keeps the order: behind all that come before. */
function insert<T>(list: T[], one: T, comesBefore: (other: T) => boolean): void {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (comesBefore(list[middle] as T)) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, one);
}
