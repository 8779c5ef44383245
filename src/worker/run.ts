import type { App } from '../app.ts';
import type { DrillDone, DrillOrder } from '../cli/run-drill.ts';
import { clientNamed, fleetOf, type EscalateTools, type Fleet } from '../escalate/tools.ts';
import type { Channel } from '../escalation/channel.ts';
import type { KnownPlans, LoadedPlans } from '../plan/read.ts';
import { StoreError } from '../store/error.ts';
import type { HeardDrills } from '../store/heard-drills.ts';
import type { Room } from '../schedule/room.ts';
import type { Ledger } from '../store/ledger.ts';
import type { Queue } from '../store/queue/queue.ts';
import type { State } from '../store/state/state.ts';
import type { DueChecks } from './checks.ts';
import type { StateNow } from './state-now.ts';
import type { Turns } from './turns.ts';

/** How a worker is to work. Durations in milliseconds. */
export interface WorkerSetting {
  /** Host and process: `rack-2.4711`. */
  readonly id: string;
  /** Only plans of this site are checked and drilled; `null`: all. */
  readonly site: string | null;
  /** Drills at the same time. */
  readonly slots: number;
  /** Between two looks at what is due; also the rhythm of its heartbeat in the state. */
  readonly intervalMs: number;
  readonly publicUrl: string | null;
  /** A line for the log: what was done or could not be done, in words that are not evidence. */
  say(level: 'info' | 'warn' | 'error', line: string): void;
}

/** A drill with everything around it, and what came of it. */
export type ExecuteDrill = (order: DrillOrder) => Promise<Pick<DrillDone, 'outcome'>>;

/** A worker while it works. */
export interface WorkerRun {
  readonly app: App;
  readonly setting: WorkerSetting;
  readonly execute: ExecuteDrill;
  /** Comes back by itself when it was lost. */
  readonly state: State;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly startedAt: string;
  readonly ledgers: Map<string, Promise<Ledger>>;
  /** By `client/plan`. */
  readonly drills: Map<string, Promise<void>>;
  readonly checks: Map<string, Promise<void>>;
  /** Checks that are due and wait for their turn; in the order in which they were seen. */
  readonly dueChecks: DueChecks;
  /** What each running drill holds of the machine. */
  readonly held: Map<string, Room>;
  /** The machine while no drill ran. */
  machine: Room | undefined;
  /** Between several machines; undefined: there is but one, or the queue was not reached yet. */
  queue: Queue | undefined;
  /** When each job was put into the queue last, by its id. */
  readonly enqueued: Map<string, number>;
  /** Jobs are being taken. */
  taking?: Promise<void> | undefined;
  /** Last time something was done, by what. */
  readonly done: Map<string, number>;
  /** What this look has time for. */
  turns: Turns;
  /** Undefined: the state was not reached at this look. */
  stateNow: StateNow | undefined;
  /** Plans and windows of each client as its schedule was written last. */
  readonly scheduled: Map<string, string>;
  /** How many finished drills of each client's ledger were put into the state last. */
  readonly indexed: Map<string, number>;
  /** Plans of each client of which a finished day is still to be said. */
  readonly unsaidDays: Map<string, Set<string>>;
  /** Plan files as they were read before. */
  readonly known: KnownPlans;
  /** The plans as they were kept in the state last. */
  keptPlans: LoadedPlans | undefined;
  /** Drills of other machines, as this process hears of them. */
  readonly heard: HeardDrills;
  fleet: { readonly readAt: number; readonly loaded: LoadedPlans } | undefined;
  /** Nothing new is taken, for good. */
  draining: boolean;
  /** Why this release may not go on: a newer one has brought the tables further than it may follow. */
  outdated?: Error | undefined;
  /** Messages that are being sent; not there while nothing is. */
  sending?: Promise<void> | undefined;
}

/** Wall clock in milliseconds, as the app sees it. */
export function nowMs(run: WorkerRun): number {
  return Date.parse(run.app.now());
}

/** Whether this is due again: true once for each `everyMs`, and again at once when the clock was set back. */
export function isTimeFor(run: WorkerRun, what: string, everyMs: number): boolean {
  const now = nowMs(run);
  const last = run.done.get(what);
  if (last !== undefined && now >= last && now - last < everyMs) return false;
  run.done.set(what, now);
  return true;
}

/** The ledger of a client, opened once. What could not be opened is tried again by the next one who asks. */
export function ledgerOfClient(run: WorkerRun, name: string): Promise<Ledger> {
  const known = run.ledgers.get(name);
  if (known !== undefined) return known;
  const { domain, timezone } = clientNamed(fleetNow(run), name);
  const opened = run.app.ledger({ client: name, domain, timeZone: timezone });
  run.ledgers.set(name, opened);
  opened.catch(() => run.ledgers.delete(name));
  return opened;
}

/** The plans and clients as they were read last; none before the first time. */
function fleetNow({ fleet }: WorkerRun): Fleet {
  return fleetOf(fleet?.loaded ?? { plans: [], clients: new Map() });
}

/** What calling people needs, with the plans as they are now. */
export function escalateTools(run: WorkerRun): EscalateTools {
  const { app, state, setting, channels } = run;
  return {
    state,
    fleet: fleetNow(run),
    channels,
    worker: setting.id,
    publicUrl: setting.publicUrl,
    ledger: client => ledgerOfClient(run, client),
    secret: reference => app.secret(reference),
    now: () => app.now(),
    explain: message => setting.say('warn', message),
  };
}

/** Nothing new is taken from here on; what runs goes on to its end. */
export function drain(run: WorkerRun, why: string): void {
  if (run.draining) return;
  run.draining = true;
  run.setting.say('warn', `${why}: nothing new is taken, and this worker ends with what it is at`);
}

/**
 * Does it, and lets nothing that goes wrong stop the rest: one broken client must not silence the others. Where a newer release has brought the
 * tables further than this one may follow, this worker goes.
 */
export async function guarded(run: WorkerRun, what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message } = error instanceof Error ? error : { message: 'unknown cause' };
    run.setting.say('error', `${what}: ${message}`);
    if (!(error instanceof StoreError) || error.code !== 'state-newer') return;
    run.outdated ??= error;
    drain(run, 'a newer release has taken over');
  }
}
