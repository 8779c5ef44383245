import { trustedMachines } from '../store/admission.ts';
import { closeInterrupted } from '../drill/interrupted.ts';
import { keepFinishedDays, withFinishedDays } from '../check/finished-days.ts';
import { followLedger } from '../escalate/follow.ts';
import type { Plan } from '../plan/plan.ts';
import { plansOf, type PlansNow } from '../schedule/period.ts';
import type { Ledger } from '../store/ledger.ts';
import { writeSchedules } from '../store/occurrences.ts';
import { indexLedger } from '../store/state/drills.ts';
import { indexOccurrences } from '../store/state/occurrences.ts';
import { startChecks } from './checks.ts';
import { startDrills } from './drills.ts';
import { enqueueDue, isOurs } from './jobs.ts';
import { endMissedDrills } from './missed.ts';
import { spanned } from '../tracing.ts';
import { verifiedLedger } from './verified-ledger.ts';
import { escalateTools, guarded, isTimeFor, type WorkerRun } from './run.ts';
import { HEAVY, isTurnOf, takesTurn } from './turns.ts';

const MINUTE_MS = 60_000;
const KEEP_UP_MS = 5 * MINUTE_MS;
/** A day is said an hour after it ended, at the earliest. */
const DAYS_MS = 30 * MINUTE_MS;
/** Often enough to tell a machine that was lost from one that was only not asked (`HeardDrills`). */
const OTHERS_MS = MINUTE_MS / 4;
/** evidence.md, section 4. */
const HEARTBEAT_MS = 6 * 60 * MINUTE_MS;

/**
 * Everything that is due for one client. What only needs the ledger comes first, and goes on while the state cannot be reached; what
 * needs the state is then done by the first look that reaches it.
 */
export async function workForClient(run: WorkerRun, client: string): Promise<void> {
  if (!run.ledgers.has(client) && !takesTurn(run, client, HEAVY)) return;
  const ledger = await verifiedLedger(run, client);
  const loaded = run.fleet?.loaded;
  if (loaded === undefined) return;
  const about = { 'resurgam.client': client };
  const known = plansOf(loaded, client);
  const isKeepUp = isTurnOf(run, { client, what: 'keep up', everyMs: KEEP_UP_MS, weight: HEAVY });
  if (isKeepUp) await spanned('resurgam.keep-up', about, () => keepUp(run, ledger, known.plans));
  else if (ledger.sharing !== undefined) await hearOthers(run, ledger);
  await keepSchedule(run, ledger, { known, isKeepUp });
  const own = known.plans.filter(plan => isOurs(run, plan));
  // Of one machine the ledger's schedule is all that is needed; several share what is due by a queue.
  if (!run.app.sharesLedgers) await startDrills(run, ledger, own);
  else await guarded(run, `queue of ${client}`, () => enqueueDue(run, ledger, known.plans));
  await startChecks(run, ledger, own);
  const said = await keepDays(run, client, known.plans);
  if (said || !isFollowed(run, ledger)) await spanned('resurgam.follow', about, () => followLedger(ledger, escalateTools(run)));
  await keepIndex(run, ledger, isKeepUp);
  await indexOccurrences(ledger, run.state);
}

/** As far ahead as it must reach, and at once when a plan or a window has changed. */
async function keepSchedule(run: WorkerRun, ledger: Ledger, { known, isKeepUp }: { known: PlansNow; isKeepUp: boolean }): Promise<void> {
  const { client } = ledger;
  const digest = JSON.stringify([known.whole, known.plans.map(plan => plan.digest), known.blackouts]);
  if (!isKeepUp && (run.scheduled.get(client) === digest || !takesTurn(run, client, HEAVY))) return;
  await spanned('resurgam.schedule', { 'resurgam.client': client }, () => writeSchedules(ledger, known, run.app.now()));
  run.scheduled.set(client, digest);
}

/** What other machines need of us now: that a drill which one of them lost is ended, and that one which we trust may sign. */
async function hearOthers(run: WorkerRun, ledger: Ledger): Promise<void> {
  if (!isTimeFor(run, `${ledger.client} other machines`, OTHERS_MS)) return;
  if (ledger.index.open.size > 0) await endLost(run, ledger);
  const opened = await Promise.allSettled(run.ledgers.values());
  const trusted = trustedMachines(opened.flatMap(one => (one.status === 'fulfilled' ? [one.value] : [])));
  for (const { machine } of await ledger.admit(fingerprint => trusted.has(fingerprint))) {
    run.setting.say('info', `${ledger.client}: admitted ${machine}, which signs for other clients already`);
  }
}

async function endLost(run: WorkerRun, ledger: Ledger): Promise<void> {
  const { app, setting, heard } = run;
  for (const drill of await closeInterrupted(ledger, { worker: app.worker, now: () => app.now(), heard })) {
    setting.say('warn', `signed ${drill} as interrupted: the process that ran it had been lost`);
  }
}

/** What must be said although nothing is due: that we are there, what ended without an end, what was missed. */
async function keepUp(run: WorkerRun, ledger: Ledger, plans: readonly Plan[]): Promise<void> {
  const { app, setting } = run;
  await endLost(run, ledger);
  if (isTimeFor(run, `${ledger.client} heartbeat`, HEARTBEAT_MS)) {
    const fields = { worker: app.worker, intervalMs: HEARTBEAT_MS, openDrills: [...ledger.index.open.keys()] };
    await ledger.append({ type: 'heartbeat', actor: { kind: 'worker', id: app.worker }, fields });
  }
  const missed = await endMissedDrills(run, ledger, plans);
  if (missed > 0) setting.say('warn', `${ledger.client}: ${missed} drills were missed`);
}

/** How yesterday was. Whether there was something to say; what this look has no time for is said by the next. */
async function keepDays(run: WorkerRun, client: string, plans: readonly Plan[]): Promise<boolean> {
  const { app, state, unsaidDays } = run;
  const at = { state, now: app.now() };
  const isTime = isTurnOf(run, { client, what: 'days', everyMs: DAYS_MS });
  const waiting = isTime ? await withFinishedDays(client, plans, at) : plans.filter(({ plan }) => unsaidDays.get(client)?.has(plan));
  const left = new Set(waiting.map(({ plan }) => plan));
  unsaidDays.set(client, left);
  let said = 0;
  for (const plan of waiting) {
    if (!takesTurn(run, client)) break;
    said += (await keepFinishedDays({ plan, since: null, worker: app.worker }, at)).length;
    left.delete(plan.plan);
  }
  return said > 0;
}

/** As far as the state knew when this look began; what came later is followed by the next one. */
function isFollowed({ stateNow }: WorkerRun, ledger: Ledger): boolean {
  return stateNow?.waiting.has(ledger.client) === false && stateNow.cursors.get(ledger.client) === ledger.position().size;
}

/** Drills that were put into the state stay there. Now and then it is asked nevertheless: an older backup of it may have been put back. */
async function keepIndex({ indexed, state }: WorkerRun, ledger: Ledger, isKeepUp: boolean): Promise<void> {
  const { size } = ledger.index.finished;
  if (!isKeepUp && indexed.get(ledger.client) === size) return;
  await indexLedger(ledger, state);
  indexed.set(ledger.client, size);
}
