import { dirname, join } from 'node:path';
import type { App } from '../app.ts';
import { runDrill } from '../drill.ts';
import type { DrillOutcome } from '../drill/finish.ts';
import { closeInterrupted } from '../drill/interrupted.ts';
import type { DrillRequest } from '../drill/tools.ts';
import type { DrillEvents } from '../drill-events.ts';
import { severityOf } from '../escalation/condition.ts';
import { defaultClient, type Client } from '../plan/client.ts';
import { dependantsOf, type Dependant } from '../plan/dependants.ts';
import type { Plan } from '../plan/plan.ts';
import { loadPlans } from '../plan/read.ts';
import type { Ledger } from '../store/ledger.ts';
import { attemptAt } from '../store/occurrences.ts';
import { acquireLock } from '../system/lock.ts';
import { CommandError, EXIT, exitOf } from './exit.ts';
import { writeReport } from './write-report.ts';

export interface DrillOrder {
  readonly app: App;
  readonly plan: Plan;
  readonly client: Client | undefined;
  readonly trigger: DrillRequest['trigger'];
  readonly person: string | null;
  /** The scheduled occurrence that this drill is an attempt at; absent or `null`: on demand. */
  readonly occurrence?: string | null;
  /** Another point than the plan's rule picks. */
  readonly tried?: DrillRequest['tried'];
  readonly without?: DrillRequest['without'];
  readonly scenario?: DrillRequest['scenario'];
  readonly events: DrillEvents;
  /** A line for a person: what was cleaned up, what could not be done. */
  readonly say: (line: string) => void;
}

export interface DrillDone {
  readonly outcome: DrillOutcome;
  readonly exitCode: number;
  readonly reportFile: string;
}

/** A drill with everything around it: one at a time per plan, what dead runs left is cleaned up and signed, the report is written. */
export async function executeDrill(order: DrillOrder): Promise<DrillDone> {
  const { app, plan, client } = order;
  const home = await app.home();
  const held = await acquireLock(home.lock(`drill-${plan.client}-${plan.plan}.lock`), 'drill');
  if (held.held) {
    throw new CommandError(`a drill of ${plan.plan} is running already (process ${held.owner?.pid ?? 'unknown'})`, {
      exitCode: EXIT.usage,
      hint: 'Wait until it has ended: two drills of one plan would disturb each other.',
    });
  }
  try {
    const ledger = await app.ledger(ledgerOf(plan, client));
    await cleanUp(order, ledger); // may end an earlier attempt at the same occurrence
    const attempt = attemptOf(order, ledger);
    const explain = (message: string, hint: string | null): void => order.say(hint === null ? message : `${message}\n  ${hint}`);
    const cutOff = new AbortController();
    const tools = await app.drillTools({ events: order.events, explain, cutOff: () => giveUp(order, cutOff) }, ledger);
    const { trigger, person, tried = null, without = [], scenario = null } = order;
    const stop = AbortSignal.any([app.stop, cutOff.signal]);
    const dependants = (): Promise<readonly Dependant[]> => dependantsIn(app, plan);
    const answers = { owner: plan.system.owner, severity: severityOf('drill-failed', { plan, client: clientOf(order), inARow: 1 }) };
    const outcome = await runDrill({ plan, trigger, person, tried, without, scenario, dependants, answers, ...attempt, stop }, tools);
    const reportFile = await writeReport({
      app,
      ledger,
      record: outcome.printed,
      systemName: plan.system.name,
      timeZone: timeZoneOf(plan, client),
    });
    return { outcome, exitCode: exitCodeOf(outcome), reportFile };
  } finally {
    await held.release();
  }
}

function clientOf({ plan, client }: DrillOrder): Client {
  return client ?? defaultClient(plan.client);
}

/** A client's plans stand in one folder. What is wrong with the others is for `resurgam check` to say. */
async function dependantsIn({ planFiles: files, vocabulary }: App, plan: Plan): Promise<readonly Dependant[]> {
  return dependantsOf(plan, (await loadPlans([dirname(plan.file)], { files, vocabulary })).plans);
}

function giveUp({ plan, say }: DrillOrder, cutOff: AbortController): void {
  if (cutOff.signal.aborted) return;
  say(`the drill of ${plan.plan} is given up: PostgreSQL could not be reached for so long that another machine may begin it again`);
  cutOff.abort();
}

/** The attempt that the order is for. Refused if the occurrence is not this plan's or none may begin now. */
function attemptOf(
  { app, plan, occurrence = null }: DrillOrder,
  ledger: Ledger,
): Pick<DrillRequest, 'occurrence' | 'attempt' | 'retryOf' | 'first'> {
  if (occurrence === null) return { occurrence, attempt: 1, retryOf: null };
  const found = attemptAt(ledger.index, occurrence, app.now());
  const refused =
    'refused' in found ? found.refused : found.occurrence.plan === plan.plan ? undefined : `it is of ${found.occurrence.plan}`;
  if ('refused' in found || refused !== undefined) {
    throw new CommandError(`${occurrence} cannot be drilled: ${refused ?? ''}`, {
      exitCode: EXIT.usage,
      hint: 'See `resurgam schedule`, or drill without --occurrence: the drill then counts as one on demand.',
    });
  }
  return { occurrence, attempt: found.attempt, retryOf: found.retryOf, first: found.first };
}

export function ledgerOf(plan: Plan, client: Client | undefined): { client: string; domain: string; timeZone: string } {
  return { client: plan.client, domain: client?.domain ?? 'resurgam.local', timeZone: timeZoneOf(plan, client) };
}

function timeZoneOf(plan: Plan, client: Client | undefined): string {
  return client?.timezone ?? plan.schedule.timezone;
}

function exitCodeOf({ printed, stopped, leftBehind }: DrillOutcome): number {
  return exitOf({ verdict: printed.verdict, stopped, leftBehind });
}

/** Before anything new is made: what runs that were killed left behind is taken away, and their drills are signed as interrupted. */
async function cleanUp({ app, say }: DrillOrder, ledger: Ledger): Promise<void> {
  for (const one of await app.reap()) {
    const what = `${one.processes} processes, ${one.mounts} mounts, ${one.bytes.toLocaleString('en-US')} bytes`;
    say(
      one.removed
        ? `removed what an interrupted drill left behind (${one.drill}: ${what})`
        : `could not remove what ${one.drill} left (${what})`,
    );
  }
  for (const drill of await closeInterrupted(ledger, { worker: app.worker, now: () => app.now() })) {
    say(`signed ${drill} as interrupted: the process that ran it had been lost`);
  }
}

/** Where everything of a client's evidence is. */
export function evidenceFolder(app: App, client: string): string {
  return join(app.homePath, 'ledger', client);
}
