import { runBackupCheck } from '../check.ts';
import { afterCheck } from '../escalate/checked.ts';
import type { Plan } from '../plan/plan.ts';
import { checkSchedule, next } from '../schedule/schedule.ts';
import type { Ledger } from '../store/ledger.ts';
import { lastChecksSince } from '../store/state/backup-checks.ts';
import { spanned } from '../tracing.ts';
import { escalateTools, guarded, nowMs, type WorkerRun } from './run.ts';

/** Stores that are looked at at the same time: one that hangs must not keep the others from being seen. */
const AT_ONCE = 4;
const DAY_MS = 86_400_000;
/** Nothing is taken for known longer than this. */
const QUIET_MS = 3_600_000;

/** By `client/plan`; `last`: when the plan was checked, as `lastChecksSince` says it. */
export type DueChecks = Map<string, { readonly plan: Plan; readonly ledger: Ledger; readonly last: string | null | undefined }>;

/**
 * Begins the backup checks that are due, a few at the same time; the others follow as those end, not as looks come. Of several that were due only the
 * last is made: there is but one present to look at.
 */
export async function startChecks(run: WorkerRun, ledger: Ledger, plans: readonly Plan[]): Promise<void> {
  if (run.draining) return;
  const { client } = ledger;
  const asked = plans.filter(plan => isToBeAsked(run, plan));
  if (asked.length > 0) {
    const since = new Date(nowMs(run) - DAY_MS).toISOString();
    const names = asked.map(({ plan }) => plan);
    const checks = await run.state.of(client, tx => lastChecksSince(tx, { client, plans: names }, since));
    for (const plan of asked) {
      const last = checks.get(plan.plan);
      if (dueCheck(plan, last, nowMs(run)) !== undefined) run.dueChecks.set(keyOf(plan), { plan, ledger, last });
    }
  }
  fill(run);
}

/** As many as may run; called again by each that ends. */
function fill(run: WorkerRun): void {
  for (const [key, { plan, ledger, last }] of run.dueChecks) {
    if (run.draining || run.app.stop.aborted || run.checks.size >= AT_ONCE) return;
    run.dueChecks.delete(key);
    const due = dueCheck(plan, last, nowMs(run));
    if (due === undefined) continue;
    const check = guarded(run, `backup check of ${key}`, () => checkOne(run, { plan, ledger, due })).finally(() => {
      run.checks.delete(key);
      fill(run);
    });
    run.checks.set(key, check);
  }
}

/** Of each plan, as it was read, until when no check is due whatever others do: a check that somebody else makes only puts the next one off. */
const quiet = new WeakMap<Plan, { readonly fromMs: number; readonly untilMs: number }>();

function isToBeAsked(run: WorkerRun, plan: Plan): boolean {
  const key = keyOf(plan);
  if (run.checks.has(key) || run.dueChecks.has(key) || !plan.components.some(({ backup }) => backup !== null)) return false;
  const known = quiet.get(plan);
  const now = nowMs(run);
  return known === undefined || now < known.fromMs || now >= known.untilMs;
}

/**
 * The last moment at which a check was due and that none has answered; `null`: none was, but none was ever made; undefined: nothing is to be done.
 * `last`: the last check of the past day; `null`: they are all older; undefined: there is none.
 */
function dueCheck(plan: Plan, last: string | null | undefined, now: number): string | null | undefined {
  if (last === undefined) return null;
  const schedule = checkSchedule(plan);
  let due: string | undefined;
  let after = new Date(Math.max(last === null ? 0 : Date.parse(last), now - DAY_MS));
  let one = next(schedule, after);
  for (; one !== undefined && Date.parse(one.dueAt) <= now; one = next(schedule, after)) {
    due = one.dueAt;
    after = new Date(one.dueAt);
  }
  const untilMs = one === undefined ? Infinity : Date.parse(one.dueAt);
  // Now and then it is asked nevertheless: an older backup of the state may have been put back.
  if (due === undefined) quiet.set(plan, { fromMs: now, untilMs: Math.min(untilMs, now + QUIET_MS) });
  return due;
}

function keyOf({ client, plan }: Plan): string {
  return `${client}/${plan}`;
}

interface Checking {
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly due: string | null;
}

async function checkOne(run: WorkerRun, { plan, ledger, due }: Checking): Promise<void> {
  const { app, setting, state } = run;
  const tools = await app.checkTools({ state, ledger, explain: message => setting.say('warn', `${plan.plan}: ${message}`) });
  const about = { 'resurgam.client': plan.client, 'resurgam.plan': plan.plan };
  const checked = await spanned('resurgam.backup-check', about, () => runBackupCheck({ plan, dueAt: due, stop: app.stop }, tools));
  if (checked.stopped) return;
  await afterCheck(checked, plan, { ledger, tools: escalateTools(run) });
  for (const { component, check } of checked.components) {
    if (check.outcome !== 'passed') setting.say('warn', `backup check of ${plan.client}/${plan.plan}, ${component}: ${check.outcome}`);
  }
}
