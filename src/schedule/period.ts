import type { Plan } from '../plan/plan.ts';
import type { LoadedPlans } from '../plan/read.ts';
import type { Blackout } from './closing.ts';
import { checkPeriods } from './check-period.ts';
import { occurrenceId, type Occurrence } from './occurrence.ts';
import { drillSchedule, occurrencesFrom, type Schedule } from './schedule.ts';
import { horizon, iso, LEAST_AHEAD_MS, NOTHING, type Scheduled, type ScheduledUntil, type SchedulePeriod } from './scheduled.ts';

const MINUTE_MS = 60_000;
/** More are not listed in one entry: its line stays below 200 KB. */
const MOST_LISTED = 1000;

/** The plans of one client as they are now. */
export interface PlansNow {
  readonly plans: readonly Plan[];
  readonly blackouts: readonly (Blackout & { readonly systems: readonly string[] })[];
  /** Everything could be read: a plan that is not among them is gone. Else nothing is cancelled that merely cannot be read. */
  readonly whole: boolean;
}

const sorted = new WeakMap<LoadedPlans, ReadonlyMap<string, PlansNow>>();

/** The plans of a client among all that were read; with any error in any file, nobody is taken for gone. Sorted once for all clients. */
export function plansOf(all: LoadedPlans, client: string): PlansNow {
  const known = sorted.get(all) ?? byClient(all);
  sorted.set(all, known);
  return known.get(client) ?? { plans: [], blackouts: [], whole: isWhole(all) };
}

function byClient(all: LoadedPlans): ReadonlyMap<string, PlansNow> {
  const plans = new Map<string, Plan[]>();
  for (const { client } of all.clients.values()) plans.set(client, []);
  for (const plan of all.plans) {
    const ofClient = plans.get(plan.client);
    if (ofClient === undefined) plans.set(plan.client, [plan]);
    else ofClient.push(plan);
  }
  const windows = new Map([...all.clients.values()].toReversed().map(one => [one.client, one.windows]));
  const whole = isWhole(all);
  return new Map([...plans].map(([client, own]) => [client, { plans: own, blackouts: windows.get(client) ?? [], whole }]));
}

function isWhole({ loaded, problems }: LoadedPlans): boolean {
  return loaded.length > 0 && problems.every(({ severity }) => severity !== 'error');
}

/**
 * The `schedule` entries that must be written now, in order. Pure, and nothing once they are written. Periods of a plan follow one
 * another; each is written before the first occurrence in it. When the rule, the zone, the windows or an approved maintenance window
 * changed, the new period begins now: what the new rule does not have is cancelled before it is due, what it has too stays as it is
 * listed. A plan that is gone has its occurrences cancelled. Where nothing was written in time although drills were due (the schedule had
 * run out while no worker ran), the period begins now and the ledger shows the gap. `now`: ISO.
 */
export function periodsDue(scheduled: Scheduled, now: PlansNow, at: string): readonly SchedulePeriod[] {
  // What is due within the next minute could be overtaken by the writing.
  const first = Math.floor(Date.parse(at) / MINUTE_MS) * MINUTE_MS + 2 * MINUTE_MS;
  const names = new Set(now.plans.map(({ plan }) => plan));
  const gone = now.whole ? [...scheduled.plans()].filter(plan => !names.has(plan)) : [];
  return [
    ...now.plans.flatMap(plan => drillPeriods(scheduled, drillSchedule(plan, blackoutsOf(now, plan)), { first, digest: plan.digest })),
    ...checkPeriods(scheduled, now.plans, first),
    ...gone.flatMap(plan => gonePeriod(scheduled, plan, first)),
  ];
}

interface Writing {
  /** The first moment of which an entry that is written now can still speak. */
  readonly first: number;
  readonly digest: string;
}

function drillPeriods(scheduled: Scheduled, schedule: Schedule, writing: Writing): readonly SchedulePeriod[] {
  const { first } = writing;
  const until = scheduled.until(schedule.plan, 'drill');
  const end = until === undefined ? first : Date.parse(until.to);
  if (until === undefined || end <= first) return filled(schedule, writing, startAfter(schedule, until, first));
  const changed = changesIn(scheduled, schedule, { from: first, to: end });
  if (changed !== undefined) {
    const [head, ...rest] = filled(schedule, writing, { from: end, listed: changed.listed, opens: first });
    return head === undefined ? [] : [{ ...head, cancels: changed.cancels }, ...rest];
  }
  return end - first < LEAST_AHEAD_MS ? filled(schedule, writing, { from: end, listed: [], opens: end }) : [];
}

interface Start {
  /** From here on all occurrences are listed. */
  readonly from: number;
  /** Listed besides, all of them before `from`. */
  readonly listed: readonly Occurrence[];
  /** The beginning of the first period. */
  readonly opens: number;
}

/** A schedule that had run out is continued where it ended if nothing was due since; else the gap stays to be seen. */
function startAfter(schedule: Schedule, until: ScheduledUntil | undefined, first: number): Start {
  if (until === undefined) return { from: first, listed: [], opens: first };
  const [missed] = occurrencesFrom(schedule, new Date(until.to), new Date(first));
  const whole = until.rule.cron === NOTHING || missed === undefined;
  return { from: first, listed: [], opens: whole ? Date.parse(until.to) : first };
}

/** Periods one after the other until the horizon, none with too many occurrences. */
function filled(schedule: Schedule, { first, digest }: Writing, start: Start): readonly SchedulePeriod[] {
  const end = Math.max(horizon(first), start.from);
  const about = {
    plan: schedule.plan,
    planDigest: digest,
    kind: 'drill',
    rule: { cron: schedule.cron, timeZone: schedule.timezone },
  } as const;
  const all = [...start.listed, ...occurrencesFrom(schedule, new Date(start.from), new Date(end))];
  const periods: SchedulePeriod[] = [];
  for (let from = iso(start.opens), index = 0; index === 0 || index < all.length; index += MOST_LISTED) {
    const to = all[index + MOST_LISTED]?.dueAt ?? iso(end);
    periods.push({ ...about, from, to, occurrences: all.slice(index, index + MOST_LISTED), cancels: [] });
    from = to;
  }
  return periods;
}

interface Changes {
  readonly listed: readonly Occurrence[];
  readonly cancels: SchedulePeriod['cancels'];
}

/** What the rule as it is now has and the ledger has not, and the other way round; undefined if they are the same. */
function changesIn(scheduled: Scheduled, schedule: Schedule, { from, to }: { from: number; to: number }): Changes | undefined {
  const waiting = new Set([...scheduled.waitingOf(schedule.plan)].filter(({ dueAt }) => Date.parse(dueAt) >= from).map(({ id }) => id));
  const wanted = [...occurrencesFrom(schedule, new Date(from), new Date(to))].map(one => unspent(scheduled, schedule.plan, one));
  const listed = wanted.filter(({ id }) => !waiting.has(id) && scheduled.spent(id) !== 'skipped');
  const ids = new Set(wanted.map(({ id }) => id));
  const cancels = [...waiting].filter(id => !ids.has(id)).map(id => ({ id, reason: 'the schedule of the plan was changed' }));
  return listed.length + cancels.length === 0 ? undefined : { listed, cancels };
}

/** A cancelled id stays cancelled: when a rule comes back, its drill is due a second later. */
function unspent(scheduled: Scheduled, plan: string, occurrence: Occurrence): Occurrence {
  let one = occurrence;
  while (scheduled.spent(one.id) === 'cancelled') {
    const dueAt = iso(Date.parse(one.dueAt) + 1000);
    one = { ...one, dueAt, id: occurrenceId({ plan, kind: 'drill' }, dueAt) };
  }
  return one;
}

function gonePeriod(scheduled: Scheduled, plan: string, first: number): readonly SchedulePeriod[] {
  const until = scheduled.until(plan, 'drill');
  if (until === undefined || until.rule.cron === NOTHING || Date.parse(until.to) <= first) return [];
  const waiting = [...scheduled.waitingOf(plan)].filter(({ dueAt }) => Date.parse(dueAt) >= first);
  const rule = { ...until.rule, cron: NOTHING };
  const cancels = waiting.map(({ id }) => ({ id, reason: 'the plan is gone' }));
  return [{ ...until, kind: 'drill', rule, from: iso(first), occurrences: [], cancels }];
}

function blackoutsOf({ blackouts }: PlansNow, { plan }: Plan): readonly Blackout[] {
  return blackouts.filter(({ systems }) => systems.includes(plan));
}
