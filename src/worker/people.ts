import { applyAll, happen } from '../escalate/apply.ts';
import { deliverDue } from '../escalate/deliver.ts';
import type { EscalateTools } from '../escalate/tools.ts';
import { agreements, workerHeard } from '../escalation/conditions-of.ts';
import { drainOutbox } from '../store/state/outbox.ts';
import { dueMatters } from '../store/state/matters.ts';
import { workers } from '../store/state/workers.ts';
import { escalateTools, guarded, isTimeFor, ledgerOfClient, type WorkerRun } from './run.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Tiers that became due, matters of no plan, and every message that waits. */
export async function callPeople(run: WorkerRun, clients: readonly string[]): Promise<void> {
  const tools = escalateTools(run);
  await guarded(run, 'open escalations', () => tickMatters(tools));
  if (isTimeFor(run, 'silent workers', MINUTE_MS)) await guarded(run, 'other workers', () => hearWorkers(run, clients, tools));
  if (isTimeFor(run, 'agreements', DAY_MS)) await guarded(run, 'agreements', () => readAgreements(run, clients, tools));
  // What a message rests on stands in the ledger before anybody hears it.
  for (const client of clients) {
    await guarded(run, `ledger of ${client}`, async () => drainOutbox(run.state, await ledgerOfClient(run, client)));
  }
  await guarded(run, 'messages', () => deliverDue(tools, run.app.stop));
}

async function tickMatters(tools: EscalateTools): Promise<void> {
  const at = tools.now();
  const due = await tools.state.all(tx => dueMatters(tx, at));
  for (const { client, id } of due) await tools.state.of(client, tx => happen({ tx, client, tools }, id, { kind: 'tick', at }));
}

/** A worker that is not heard any more concerns every client, since nobody knows whose turn it was. */
async function hearWorkers(run: WorkerRun, clients: readonly string[], tools: EscalateTools): Promise<void> {
  const rows = (await workers(run.state)).filter(row => row.state !== 'stopped' && row.id !== run.setting.id);
  for (const client of rows.length === 0 ? [] : clients) {
    const { seq } = (await ledgerOfClient(run, client)).position();
    const at = tools.now();
    const heard = rows.map(row => workerHeard({ at, seq, system: row.id, plan: null }, row));
    await run.state.of(client, tx => applyAll({ tx, client, tools }, heard));
  }
}

async function readAgreements(run: WorkerRun, clients: readonly string[], tools: EscalateTools): Promise<void> {
  for (const client of clients) {
    const known = tools.fleet.clients.get(client);
    if (known === undefined) continue;
    const { seq } = (await ledgerOfClient(run, client)).position();
    const happenings = agreements({ at: tools.now(), seq }, known);
    await run.state.of(client, tx => applyAll({ tx, client, tools }, happenings));
  }
}
