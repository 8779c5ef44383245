import type { BriefDrill, DrillSeries, MeasuredDrill } from '../store/state/drills.ts';
import type { DueRow, LastCheck, Overview } from '../store/state/overview.ts';
import type { PlanRow } from '../store/state/plans.ts';
import { silentWorkers, type WorkerRow } from '../store/state/workers.ts';
import { shownMatters, type ShownMatter } from './matters.ts';
import { BADNESS, dueDrill, newestPoint, standingOf, type DueDrill, type NewestPoint, type Standing } from './standing.ts';

/** One system as the overview shows it. Times in milliseconds; `null` says that it is not known, never that it is good. */
export interface SystemStatus {
  readonly client: string;
  readonly plan: string;
  readonly system: string;
  readonly tier: number;
  readonly site: string;
  readonly standing: Standing;
  /** The last drill that could tell. */
  readonly conclusive: MeasuredDrill | null;
  readonly conclusiveAgeMs: number | null;
  /** The last one of all. */
  readonly last: BriefDrill | null;
  /** What is promised now; a drill was held against what was promised then. */
  readonly rtoMs: number;
  readonly rpoMs: number;
  readonly changedSincePass: boolean;
  readonly newestPoint: NewestPoint | null;
  readonly due: DueDrill | null;
  readonly matters: readonly ShownMatter[];
}

export interface WorkerStatus extends WorkerRow {
  readonly silent: boolean;
  readonly heardMs: number;
}

export interface Status {
  readonly at: string;
  readonly clients: number;
  readonly counts: Readonly<Record<Standing, number>>;
  /** Worst first. */
  readonly systems: readonly SystemStatus[];
  /** So many of them, at the beginning, need a person. */
  readonly bad: number;
  /** Open matters of no plan that is known. */
  readonly otherMatters: readonly ShownMatter[];
  readonly workers: readonly WorkerStatus[];
}

const SEVERITIES = ['P1', 'P2', 'P3', 'P4'];
/** A stopped worker is of no interest after this time. */
const STOPPED_MS = 24 * 3_600_000;

/** How it stands with every system, worst first. Pure; linear in the number of rows. */
export function statusOf(given: { readonly now: string; readonly plans: readonly PlanRow[]; readonly overview: Overview }): Status {
  const { now, plans, overview } = given;
  const nowMs = Date.parse(now);
  const matters = shownMatters(overview.matters, overview.calls, nowMs);
  const look = shelves(overview, matters);
  const ranked = plans.map(plan => ranking(systemStatus(plan, look, nowMs))).sort(byRank);
  const known = new Set(plans.map(keyOf));
  const counts = Object.fromEntries(Object.keys(BADNESS).map(name => [name, 0])) as Record<Standing, number>;
  for (const { status } of ranked) counts[status.standing] += 1;
  return {
    at: now,
    clients: new Set(plans.map(plan => plan.client)).size,
    counts,
    systems: ranked.map(one => one.status),
    bad: ranked.filter(one => one.rank < BADNESS.passed).length,
    otherMatters: matters.filter(matter => !known.has(keyOf(matter))),
    workers: workerStatus(overview.workers, now),
  };
}

interface Shelves {
  readonly drills: ReadonlyMap<string, DrillSeries>;
  readonly checks: ReadonlyMap<string, readonly LastCheck[]>;
  readonly due: ReadonlyMap<string, DueRow>;
  readonly matters: ReadonlyMap<string, readonly ShownMatter[]>;
}

function shelves({ drills, checks, due }: Overview, matters: readonly ShownMatter[]): Shelves {
  return {
    drills: new Map(drills.map(one => [keyOf(one), one])),
    checks: grouped(checks),
    due: new Map(due.map(one => [keyOf(one), one])),
    matters: grouped(matters),
  };
}

function keyOf(of: { readonly client: string; readonly plan: string }): string {
  return `${of.client}/${of.plan}`;
}

function grouped<T extends { readonly client: string; readonly plan: string }>(rows: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

function systemStatus(plan: PlanRow, look: Shelves, nowMs: number): SystemStatus {
  const key = keyOf(plan);
  const drills = look.drills.get(key);
  const known = { plan, drills, checks: look.checks.get(key) ?? NONE, due: look.due.get(key) };
  const point = newestPoint(known, nowMs);
  const due = dueDrill(known.due, nowMs);
  const conclusive = drills?.conclusive ?? null;
  const passing = drills?.passing ?? null;
  // Written out: copying objects took a third of the time of an overview of 10,000 systems.
  return {
    client: plan.client,
    plan: plan.plan,
    system: plan.system,
    tier: plan.tier,
    site: plan.site,
    rtoMs: plan.rtoMs,
    rpoMs: plan.rpoMs,
    standing: standingOf(known, point, due),
    conclusive,
    conclusiveAgeMs: conclusive === null ? null : Math.max(0, nowMs - Date.parse(conclusive.endedAt)),
    last: drills?.last ?? null,
    changedSincePass: passing !== null && passing.planDigest !== plan.digest,
    newestPoint: point,
    due,
    matters: look.matters.get(key) ?? NONE,
  };
}

const NONE: readonly never[] = [];

interface Ranked {
  readonly status: SystemStatus;
  readonly rank: number;
}

function ranking(status: SystemStatus): Ranked {
  let rank = BADNESS[status.standing];
  for (const { severity } of status.matters) rank = Math.min(rank, SEVERITIES.indexOf(severity));
  return { status, rank };
}

function byRank(a: Ranked, b: Ranked): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  if (a.status.tier !== b.status.tier) return a.status.tier - b.status.tier;
  return compare(a.status.client, b.status.client) || compare(a.status.system, b.status.system) || compare(a.status.plan, b.status.plan);
}

/** By code units: the same on every machine, and much quicker than by the rules of a language. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Silent ones first. */
function workerStatus(rows: readonly WorkerRow[], now: string): readonly WorkerStatus[] {
  const silent = new Set(silentWorkers(rows, now));
  return rows
    .map(row => ({ ...row, silent: silent.has(row), heardMs: Math.max(0, Date.parse(now) - Date.parse(row.heartbeatAt)) }))
    .filter(row => row.state !== 'stopped' || row.heardMs < STOPPED_MS)
    .sort((a, b) => Number(b.silent) - Number(a.silent));
}
