import { closeInterrupted } from '../drill/interrupted.ts';
import { keepFinishedDays } from '../check/finished-days.ts';
import { followLedger } from '../escalate/follow.ts';
import type { Plan } from '../plan/plan.ts';
import { plansOf } from '../schedule/period.ts';
import type { Ledger } from '../store/ledger.ts';
import { indexLedger } from '../store/state/drills.ts';
import { endMissed, writeSchedules } from '../store/occurrences.ts';
import { startChecks } from './checks.ts';
import { startDrills } from './drills.ts';
import { verifiedLedger } from './verified-ledger.ts';
import { escalateTools, isTimeFor, type WorkerRun } from './run.ts';

const MINUTE_MS = 60_000;
const KEEP_UP_MS = 5 * MINUTE_MS;
/** evidence.md, section 4. */
const HEARTBEAT_MS = 6 * 60 * MINUTE_MS;

/** Everything that is due for one client. */
export async function workForClient(run: WorkerRun, client: string): Promise<void> {
  const ledger = await verifiedLedger(run, client);
  const loaded = run.fleet?.loaded;
  if (loaded === undefined) return;
  const known = plansOf(loaded, client);
  const digest = known.plans.map(plan => plan.digest).join(' ');
  if (run.done.get(`${client} ${digest}`) === undefined || isTimeFor(run, `${client} keep up`, KEEP_UP_MS)) {
    run.done.set(`${client} ${digest}`, 0);
    await keepUp(run, ledger, known.plans);
    await writeSchedules(ledger, known, run.app.now());
  }
  const own = known.plans.filter(plan => isOurs(run, plan));
  startDrills(run, ledger, own);
  await startChecks(run, ledger, own);
  await followLedger(ledger, escalateTools(run));
  await indexLedger(ledger, run.state);
}

/** What must be said although nothing is due: that we are there, what ended without an end, what was missed, how yesterday was. */
async function keepUp(run: WorkerRun, ledger: Ledger, plans: readonly Plan[]): Promise<void> {
  const { app, setting, state } = run;
  for (const drill of await closeInterrupted(ledger, app.worker, () => app.now())) {
    setting.say('warn', `signed ${drill} as interrupted: the process that ran it had been lost`);
  }
  if (isTimeFor(run, `${ledger.client} heartbeat`, HEARTBEAT_MS)) {
    const fields = { worker: app.worker, intervalMs: HEARTBEAT_MS, openDrills: [...ledger.index.open.keys()] };
    await ledger.append({ type: 'heartbeat', actor: { kind: 'worker', id: app.worker }, fields });
  }
  const missed = await endMissed(ledger, app.now(), isFull(run) ? 'no-capacity' : 'unknown');
  if (missed > 0) setting.say('warn', `${ledger.client}: ${missed} drills were missed`);
  for (const plan of plans) await keepFinishedDays({ plan, since: null, worker: app.worker }, { state, now: app.now() });
}

function isFull(run: WorkerRun): boolean {
  return run.drills.size >= run.setting.slots;
}

/** A plan without a site may be drilled anywhere. */
function isOurs({ setting }: WorkerRun, { site }: Plan): boolean {
  return setting.site === null || site === setting.site;
}
