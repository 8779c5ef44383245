import type { App } from './app.ts';
import { executeDrill } from './cli/run-drill.ts';
import { KnownPlans, loadPlans, type LoadedPlans } from './plan/read.ts';
import { HeardDrills } from './store/heard-drills.ts';
import { keepPlans, planRow } from './store/state/plans.ts';
import { workForClient } from './worker/client.ts';
import { sayAlive, warnOfStrangers } from './worker/heartbeat.ts';
import { takeJobs } from './worker/jobs.ts';
import { callPeople } from './worker/people.ts';
import { guarded, isTimeFor, nowMs, type ExecuteDrill, type WorkerRun, type WorkerSetting } from './worker/run.ts';
import { askState } from './worker/state-now.ts';
import { tidy } from './worker/tidy.ts';
import { inTurn, newTurns } from './worker/turns.ts';

export type { WorkerRun, WorkerSetting } from './worker/run.ts';

/** Plans are read again so often: an edited one is in force within a minute. */
const READ_PLANS_MS = 60_000;
/** What others did to the plans in the state (an older backup was put back) is mended within this time. */
const KEEP_PLANS_MS = 3_600_000;

/** A worker that has not begun: opens the state, and nothing else. `execute`: how its drills are done. Rejects with StoreError. */
export async function startWorker(app: App, setting: WorkerSetting, execute: ExecuteDrill = executeDrill): Promise<WorkerRun> {
  const [state, channels] = await Promise.all([app.state(), app.channels()]);
  return {
    ...{ app, setting, execute, state, channels: new Map(channels.map(channel => [channel.kind, channel])), startedAt: app.now() },
    ...{
      ledgers: new Map(),
      drills: new Map(),
      checks: new Map(),
      dueChecks: new Map(),
      held: new Map(),
      machine: undefined,
      queue: undefined,
      enqueued: new Map(),
      done: new Map(),
      turns: newTurns(),
      stateNow: undefined,
      scheduled: new Map(),
      indexed: new Map(),
      unsaidDays: new Map(),
      known: new KnownPlans(),
      keptPlans: undefined,
      heard: new HeardDrills(),
      fleet: undefined,
      draining: false,
    },
  };
}

/**
 * One look at everything: what is due is begun, what is overdue is said, whom it concerns is called. Drills and checks go on in the
 * background. Never rejects: what could not be done is said, and tried again by the next look.
 */
export async function tick(run: WorkerRun): Promise<void> {
  await sayAlive(run, 'working');
  await warnOfStrangers(run);
  await tidy(run);
  await guarded(run, 'plans', () => readFleet(run));
  if (run.queue === undefined) await guarded(run, 'queue', () => openQueueOf(run));
  await workForClients(run);
  await takeJobs(run);
  await callPeople(run, clientsOf(run));
}

/** What can wait is put off when there is too much of it for one look: its client is then the first of the next. */
async function workForClients(run: WorkerRun): Promise<void> {
  const clients = clientsOf(run);
  const { putOff } = run.turns;
  run.turns = newTurns();
  run.stateNow = undefined;
  await guarded(run, 'state', async () => (run.stateNow = await askState(run, clients)));
  for (const client of inTurn(clients, putOff)) await guarded(run, `client ${client}`, () => workForClient(run, client));
}

/** It takes nothing new, and nothing runs any more: somebody asked it to drain, or a newer release has taken over. */
export function isDrained({ draining, drills, checks }: WorkerRun): boolean {
  return draining && drills.size + checks.size === 0;
}

/** Everything that was begun has ended. */
export async function settled(run: WorkerRun): Promise<void> {
  while (run.drills.size + run.checks.size > 0) await Promise.all([...run.drills.values(), ...run.checks.values()]);
  await run.sending;
}

/** Takes nothing new, waits for what runs (which ends early if the app is stopped), and says that it is gone. */
export async function endWorker(run: WorkerRun): Promise<void> {
  run.draining = true;
  await settled(run);
  await workForClients(run);
  await sayAlive(run, 'stopped');
}

/** What it says in the background is for the log of this worker. */
async function openQueueOf(run: WorkerRun): Promise<void> {
  run.queue = await run.app.queue({ name: run.setting.id, explain: message => run.setting.say('warn', message) });
}

async function readFleet(run: WorkerRun): Promise<void> {
  const { app, fleet } = run;
  const now = nowMs(run);
  if (fleet !== undefined && now >= fleet.readAt && now - fleet.readAt < READ_PLANS_MS) return;
  const loaded = await loadPlans([app.plansFolder], { files: app.planFiles, vocabulary: app.vocabulary, known: run.known });
  run.fleet = { readAt: now, loaded };
  if (run.keptPlans !== loaded || isTimeFor(run, 'plans in the state', KEEP_PLANS_MS)) {
    await guarded(run, 'plans in the state', () => keepFleet(run, loaded));
  }
  for (const { file, line, message, severity } of loaded.problems) {
    if (severity === 'error') run.setting.say('error', `${file}:${line}: ${message}`);
  }
}

async function keepFleet(run: WorkerRun, loaded: LoadedPlans): Promise<void> {
  const rows = loaded.plans.map(planRow);
  // What cannot be read is not gone.
  const sites = loaded.problems.some(({ severity }) => severity === 'error') ? [] : null;
  run.keptPlans = undefined;
  await run.state.all(tx => keepPlans(tx, rows, { now: run.app.now(), sites }));
  run.keptPlans = loaded;
}

/** Also those whose plans cannot be read now, or are gone: their drills are missed or cancelled, and somebody must say so. */
function clientsOf({ fleet, ledgers }: WorkerRun): readonly string[] {
  const { plans = [], clients = new Map<string, { client: string }>() } = fleet?.loaded ?? {};
  return [...new Set([...[...plans, ...clients.values()].map(({ client }) => client), ...ledgers.keys()])].sort();
}
