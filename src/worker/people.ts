import { applyAll, happen } from '../escalate/apply.ts';
import { deliverDue } from '../escalate/deliver.ts';
import { handOver } from '../escalate/hand-off.ts';
import { sendSignsOfLife } from '../escalate/sign-of-life.ts';
import { clientNamed, type EscalateTools } from '../escalate/tools.ts';
import { agreements, workerHeard } from '../escalation/conditions-of.ts';
import { proof } from '../escalation/seen.ts';
import { refusedEntries } from '../store/state/outbox.ts';
import { dueMatters, openMatters, openOf } from '../store/state/matters.ts';
import { silentWorkers, workers, type WorkerRow } from '../store/state/workers.ts';
import { escalateTools, guarded, isTimeFor, ledgerOfClient, type WorkerRun } from './run.ts';
import { isTurnOf } from './turns.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** What a supervisor starts again within this time was not missed by anybody. */
const RESTART_MS = MINUTE_MS;

/** Tiers that became due, matters of no plan, and every message that waits. */
export async function callPeople(run: WorkerRun, clients: readonly string[]): Promise<void> {
  const tools = escalateTools(run);
  // Also a client whose plans are all broken: whoever is called about it must still hear. Nobody else's contacts are known here.
  const known = [...tools.fleet.clients.keys()].sort();
  await tickMatters(run, known, tools);
  if (isTimeFor(run, 'silent workers', MINUTE_MS)) await guarded(run, 'other workers', () => hearWorkers(run, clients, tools));
  for (const client of known) {
    if (isTurnOf(run, { client, what: 'agreements', everyMs: HOUR_MS }))
      await guarded(run, `agreements of ${client}`, () => readAgreements(client, tools));
    if (isTurnOf(run, { client, what: 'hand-off', everyMs: MINUTE_MS })) {
      await guarded(run, `hand-off of ${client}`, () => handOver(clientNamed(tools.fleet, client), tools));
    }
  }
  if (isTimeFor(run, 'refused entries', HOUR_MS)) await guarded(run, 'refused entries', () => sayRefused(run));
  if (!run.draining) giveSignsOfLife(run, known, tools);
  await sendWithin(run, known, tools);
}

/**
 * Messages go on their way before the look ends, unless another side hangs: then the look goes on without waiting, or a mail server that says
 * nothing would make this worker look dead.
 */
async function sendWithin(run: WorkerRun, clients: readonly string[], tools: EscalateTools): Promise<void> {
  run.sending ??= guarded(run, 'messages', () => deliverDue(tools, { clients, stop: run.app.stop })).finally(
    () => (run.sending = undefined),
  );
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>(resolve => (timer = setTimeout(resolve, run.setting.intervalMs)));
  await Promise.race([run.sending, enough]);
  clearTimeout(timer);
}

/**
 * What is due; and once an hour, and first of all, everything that is open: rules that were edited, or could not be read when a matter was
 * opened, give it another next moment.
 */
async function tickMatters(run: WorkerRun, clients: readonly string[], tools: EscalateTools): Promise<void> {
  const at = tools.now();
  const all = isTimeFor(run, 'all open escalations', HOUR_MS);
  await guarded(run, 'open escalations', async () => {
    const due = await tools.state.all(tx => (all ? openMatters(tx) : dueMatters(tx, at)));
    for (const { client, id } of due.filter(matter => clients.includes(matter.client))) {
      const tick = () => tools.state.of(client, tx => happen({ tx, client, tools }, id, { kind: 'tick', at }));
      await guarded(run, `escalation ${id} of ${client}`, tick);
    }
  });
}

/** A worker that is not heard any more concerns every client, since nobody knows whose turn it was. */
async function hearWorkers(run: WorkerRun, clients: readonly string[], tools: EscalateTools): Promise<void> {
  const at = tools.now();
  const rows = await workers(run.state);
  const mayComeBack = (row: WorkerRow): boolean => Date.parse(at) - Date.parse(row.heartbeatAt) <= RESTART_MS;
  const silent = new Set(silentWorkers(rows, at).flatMap(row => (mayComeBack(row) ? [] : [row.id])));
  silent.delete(run.setting.id);
  const open = await run.state.all(tx => openOf(tx, 'worker-silent'));
  for (const client of clients) {
    await guarded(run, `other workers, for ${client}`, async () => {
      const missed = new Set(open.filter(matter => matter.client === client).map(matter => matter.system));
      const concerned = rows.filter(row => silent.has(row.id) || missed.has(row.id));
      if (concerned.length === 0) return;
      const { seq } = (await ledgerOfClient(run, client)).position();
      const heard = concerned.map(row => {
        const source = { at, seq, system: row.id, plan: null };
        // One that ended in order, or was started again under another process id, is not missed.
        return silent.has(row.id) ? workerHeard(source, row) : proof('heartbeat', source);
      });
      await run.state.of(client, tx => applyAll({ tx, client, tools }, heard));
    });
  }
}

async function readAgreements(client: string, tools: EscalateTools): Promise<void> {
  const known = clientNamed(tools.fleet, client);
  if (known.vendors.length === 0) return;
  const { seq } = (await tools.ledger(client)).position();
  const happenings = agreements({ at: tools.now(), seq }, known);
  await tools.state.of(client, tx => applyAll({ tx, client, tools }, happenings));
}

/** An entry that the ledger does not take is a gap in the evidence: it is said until somebody has mended it. */
async function sayRefused(run: WorkerRun): Promise<void> {
  for (const { client, type, why, refusedAt } of await refusedEntries(run.state)) {
    run.setting.say('error', `ledger of ${client}: an entry ${type} was put aside at ${refusedAt} and is missing: ${why}`);
  }
}

/** In the background: an address that hangs must not hold up the work of which it is told. */
function giveSignsOfLife(run: WorkerRun, clients: readonly string[], tools: EscalateTools): void {
  if (!isTimeFor(run, 'signs of life', Math.max(MINUTE_MS, run.setting.intervalMs))) return;
  for (const client of clients) {
    const known = clientNamed(tools.fleet, client);
    void guarded(run, `sign of life of ${client}`, () => sendSignsOfLife(known, tools, run.app.stop));
  }
}
