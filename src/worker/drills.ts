import { noDrillEvents } from '../drill-events.ts';
import type { Plan } from '../plan/plan.ts';
import type { Room } from '../schedule/room.ts';
import type { Ledger } from '../store/ledger.ts';
import { dueDrills, retriesAt, type Attempt } from '../store/occurrences.ts';
import { spanned } from '../tracing.ts';
import { roomOf } from './room.ts';
import { guarded, type WorkerRun } from './run.ts';

/** What may begin now, those that would be missed soonest first; of each plan only the first. */
export function dueAttempts(ledger: Ledger, now: string, plans: readonly Plan[]): readonly { plan: Plan; attempt: Attempt }[] {
  const first = new Map<string, { plan: Plan; attempt: Attempt }>();
  const byName = new Map(plans.map(plan => [plan.plan, plan]));
  for (const attempt of [...dueDrills(ledger.index, now), ...retriesAt(ledger.index, now)]) {
    const name = attempt.occurrence.plan;
    const plan = byName.get(name);
    if (plan !== undefined && !first.has(name)) first.set(name, { plan, attempt });
  }
  return [...first.values()];
}

/** Begins the drills that are due, as many as there are free slots and room. One at a time per plan. For the only machine there is. */
export async function startDrills(run: WorkerRun, ledger: Ledger, plans: readonly Plan[]): Promise<void> {
  if (run.draining) return;
  const due = dueAttempts(ledger, run.app.now(), plans);
  if (due.length === 0) return;
  const room = await roomOf(run);
  for (const { plan, attempt } of due) {
    if (run.drills.size >= run.setting.slots) return;
    const key = `${ledger.client}/${plan.plan}`;
    const held = run.drills.has(key) ? undefined : room.for(plan);
    if (held !== undefined) begin(run, { key, held }, () => drillOne(run, plan, attempt.occurrence.id));
  }
}

/** Holds a slot and the room until the work has ended, and lets nothing that goes wrong get out. */
export function begin(run: WorkerRun, { key, held }: { readonly key: string; readonly held: Room }, work: () => Promise<void>): void {
  run.held.set(key, held);
  const drill = guarded(run, `drill of ${key}`, work).finally(() => {
    run.held.delete(key);
    run.drills.delete(key);
  });
  run.drills.set(key, drill);
}

export async function drillOne(run: WorkerRun, plan: Plan, occurrence: string): Promise<void> {
  const { app, setting } = run;
  setting.say('info', `drill of ${plan.client}/${plan.plan} begins (${occurrence})`);
  const client = [...(run.fleet?.loaded.clients.values() ?? [])].find(one => one.client === plan.client);
  const say = (line: string): void => setting.say('info', line);
  const order = { app, plan, client, trigger: 'schedule', occurrence, person: null, events: noDrillEvents, say } as const;
  const about = { 'resurgam.client': plan.client, 'resurgam.plan': plan.plan };
  const { outcome } = await spanned('resurgam.drill', about, () => run.execute(order));
  setting.say(outcome.printed.verdict === 'passed' ? 'info' : 'warn', `drill of ${plan.client}/${plan.plan}: ${outcome.printed.verdict}`);
}
