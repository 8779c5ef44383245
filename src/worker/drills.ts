import { executeDrill } from '../cli/run-drill.ts';
import { noDrillEvents } from '../drill-events.ts';
import type { Plan } from '../plan/plan.ts';
import type { Ledger } from '../store/ledger.ts';
import { dueDrills, retriesAt } from '../store/occurrences.ts';
import { spanned } from '../tracing.ts';
import { guarded, type WorkerRun } from './run.ts';

/** Begins the drills that are due, those that would be missed soonest first, as many as there are free slots. One at a time per plan. */
export function startDrills(run: WorkerRun, ledger: Ledger, plans: readonly Plan[]): void {
  if (run.draining) return;
  const now = run.app.now();
  for (const { occurrence } of [...dueDrills(ledger.index, now), ...retriesAt(ledger.index, now)]) {
    if (run.drills.size >= run.setting.slots) return;
    const plan = plans.find(one => one.plan === occurrence.plan);
    const key = `${ledger.client}/${occurrence.plan}`;
    if (plan === undefined || run.drills.has(key)) continue;
    const drill = guarded(run, `drill of ${key}`, () => drillOne(run, plan, occurrence.id)).finally(() => run.drills.delete(key));
    run.drills.set(key, drill);
  }
}

async function drillOne(run: WorkerRun, plan: Plan, occurrence: string): Promise<void> {
  const { app, setting } = run;
  setting.say('info', `drill of ${plan.client}/${plan.plan} begins (${occurrence})`);
  const client = [...(run.fleet?.loaded.clients.values() ?? [])].find(one => one.client === plan.client);
  const say = (line: string): void => setting.say('info', line);
  const order = { app, plan, client, trigger: 'schedule', occurrence, person: null, events: noDrillEvents, say } as const;
  const about = { 'resurgam.client': plan.client, 'resurgam.plan': plan.plan };
  const { outcome } = await spanned('resurgam.drill', about, () => executeDrill(order));
  setting.say(outcome.printed.verdict === 'passed' ? 'info' : 'warn', `drill of ${plan.client}/${plan.plan}: ${outcome.printed.verdict}`);
}
