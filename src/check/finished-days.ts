import type { Plan } from '../plan/plan.ts';
import { checkSchedule, occurrencesBetween } from '../schedule/schedule.ts';
import { backupChecksBetween, newestBefore } from '../store/state/backup-checks.ts';
import { claimBackupDay, saidUntil, skippedChecks, type SaidUntil } from '../store/state/backup-days.ts';
import { putEntries } from '../store/state/outbox.ts';
import type { State, Tx } from '../store/state/state.ts';
import { backupDay } from './backup-day.ts';
import { dayAfter, localDayAt, localDayOf, type LocalDay } from './local-day.ts';

/** A check of the last quarter of an hour may still run after midnight, and what arrived before it is seen by the next one. */
const CLOSE_AFTER_MS = 3_600_000;
/** After a longer absence the rest is said by the next call. */
const MOST_DAYS = 400;

export interface DaysAsked {
  readonly plan: Plan;
  /** The first local day on which the plan's checks were due, if that is known (`2026-11-01`); else the day of the first check counts. */
  readonly since: string | null;
  /** Id of the worker that says it. */
  readonly worker: string;
}

/**
 * Says of every finished local day what its checks and points were: once per plan and day, also of days on which nothing ran. The entries
 * wait in the outbox of the transaction that claims the day. Gives the days that were said.
 */
export async function keepFinishedDays(
  { plan, since, worker }: DaysAsked,
  tools: { readonly state: State; readonly now: string },
): Promise<readonly string[]> {
  const place = { client: plan.client, plan: plan.plan };
  const until = await tools.state.of(plan.client, tx => saidUntil(tx, { client: plan.client, plans: [plan.plan] }));
  const days = daysToSay(firstDay(plan, until.get(plan.plan), since), { plan, now: tools.now });
  const said: string[] = [];
  for (const day of days) {
    const isMine = await tools.state.of(plan.client, async tx => {
      if (!(await claimBackupDay(tx, place, { day: day.day, now: tools.now }))) return false;
      const fields = await dayFields(tx, plan, day);
      await putEntries(tx, plan.client, [{ type: 'backup-day', actor: { kind: 'worker', id: worker }, fields }]);
      return true;
    });
    if (isMine) said.push(day.day);
  }
  return said;
}

/** Those of a client's plans for which `keepFinishedDays` has something to say: mostly none, and one question tells. */
export async function withFinishedDays(
  client: string,
  plans: readonly Plan[],
  { state, now }: { readonly state: State; readonly now: string },
): Promise<readonly Plan[]> {
  if (plans.length === 0) return [];
  const until = await state.of(client, tx => saidUntil(tx, { client, plans: plans.map(({ plan }) => plan) }));
  return plans.filter(plan => daysToSay(firstDay(plan, until.get(plan.plan), null), { plan, now }).length > 0);
}

function firstDay(plan: Plan, until: SaidUntil | undefined, since: string | null): LocalDay | undefined {
  const { timezone } = plan.schedule;
  if (until === undefined) return undefined;
  if (until.day !== null) return dayAfter(localDayOf(until.day, timezone), timezone);
  if (since !== null) return localDayOf(since, timezone);
  return until.firstCheckAt === null ? undefined : localDayAt(until.firstCheckAt, timezone);
}

function daysToSay(first: LocalDay | undefined, at: { readonly plan: Plan; readonly now: string }): readonly LocalDay[] {
  const days: LocalDay[] = [];
  const limit = Date.parse(at.now) - CLOSE_AFTER_MS;
  let day = first;
  while (day !== undefined && Date.parse(day.to) <= limit && days.length < MOST_DAYS) {
    days.push(day);
    day = dayAfter(day, at.plan.schedule.timezone);
  }
  return days;
}

async function dayFields(tx: Tx, plan: Plan, day: LocalDay): Promise<ReturnType<typeof backupDay>> {
  const place = { client: plan.client, plan: plan.plan };
  const until = new Date(Date.parse(day.to) + CLOSE_AFTER_MS).toISOString();
  return backupDay({
    plan: plan.plan,
    timeZone: plan.schedule.timezone,
    day,
    rpoMs: plan.contract.rpoMs,
    components: plan.components.flatMap(({ name, backup }) => (backup === null ? [] : [name])),
    expected: occurrencesBetween(checkSchedule(plan), new Date(day.from), new Date(day.to)).length,
    skipped: await skippedChecks(tx, place, day),
    rows: await backupChecksBetween(tx, place, { from: day.from, to: until }),
    before: await newestBefore(tx, place, day.from),
  });
}
