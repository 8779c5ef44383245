import { runBackupCheck } from '../check.ts';
import { afterCheck } from '../escalate/checked.ts';
import type { Plan } from '../plan/plan.ts';
import { checkSchedule, next } from '../schedule/schedule.ts';
import type { Ledger } from '../store/ledger.ts';
import { lastCheckOf } from '../store/state/backup-checks.ts';
import { spanned } from '../tracing.ts';
import { escalateTools, guarded, nowMs, type WorkerRun } from './run.ts';

/** Stores that are looked at at the same time: one that hangs must not keep the others from being seen. */
const AT_ONCE = 4;
const DAY_MS = 86_400_000;

/** Begins the backup checks that are due. Of several that were due only the last is made: there is but one present to look at. */
export async function startChecks(run: WorkerRun, ledger: Ledger, plans: readonly Plan[]): Promise<void> {
  if (run.draining) return;
  for (const plan of plans) {
    const key = `${plan.client}/${plan.plan}`;
    if (run.checks.size >= AT_ONCE || run.checks.has(key) || !plan.components.some(({ backup }) => backup !== null)) continue;
    const due = await dueCheck(run, plan);
    if (due === undefined) continue;
    const check = guarded(run, `backup check of ${key}`, () => checkOne(run, { plan, ledger, due })).finally(() => run.checks.delete(key));
    run.checks.set(key, check);
  }
}

/** The last moment at which a check was due and that none has answered; `null`: none was, but none was ever made; undefined: nothing is to be done. */
async function dueCheck(run: WorkerRun, plan: Plan): Promise<string | null | undefined> {
  const last = await run.state.of(plan.client, tx => lastCheckOf(tx, { client: plan.client, plan: plan.plan }));
  if (last === undefined) return null;
  const schedule = checkSchedule(plan);
  const now = nowMs(run);
  let due: string | undefined;
  let after = new Date(Math.max(Date.parse(last), now - DAY_MS));
  for (let one = next(schedule, after); one !== undefined && Date.parse(one.dueAt) <= now; one = next(schedule, after)) {
    due = one.dueAt;
    after = new Date(one.dueAt);
  }
  return due;
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
