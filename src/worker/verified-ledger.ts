import { applyAll } from '../escalate/apply.ts';
import { ledgerVerified } from '../escalation/conditions-of.ts';
import { StoreError } from '../store/error.ts';
import type { Ledger } from '../store/ledger.ts';
import { followFrom } from '../store/state/follow.ts';
import { openMatters } from '../store/state/matters.ts';
import { escalateTools, guarded, isTimeFor, ledgerOfClient, type WorkerRun } from './run.ts';

const MINUTE_MS = 60_000;

/**
 * The ledger of a client, read as it is now. One that does not verify calls people (`ledger-altered`), and one that does again ends it. Rejects
 * like `Ledger.open`.
 */
export async function verifiedLedger(run: WorkerRun, client: string): Promise<Ledger> {
  try {
    const ledger = await ledgerOfClient(run, client);
    await ledger.open();
    if (run.stateNow?.altered.has(client) !== false && isTimeFor(run, `${client} verified`, MINUTE_MS)) {
      // That the state cannot be reached keeps no drill from beginning.
      await guarded(run, `verified ledger of ${client}`, () => say(run, client, { verified: true, size: ledger.position().size }));
    }
    return ledger;
  } catch (error) {
    if (error instanceof StoreError && error.code === 'ledger-altered' && isTimeFor(run, `${client} altered`, MINUTE_MS)) {
      await guarded(run, `ledger of ${client}`, () => say(run, client, { verified: false, size: 0 }));
    }
    throw error;
  }
}

/** Of an altered ledger only what the state remembers of it can be said: up to where its entries were acted on. */
async function say(run: WorkerRun, client: string, now: { readonly verified: boolean; readonly size: number }): Promise<void> {
  const tools = escalateTools(run);
  await run.state.of(client, async tx => {
    const isOpen = (await openMatters(tx)).some(({ condition }) => condition === 'ledger-altered');
    if (now.verified && !isOpen) return;
    const size = now.verified ? now.size : ((await followFrom(tx, client)) ?? 0);
    const source = { at: tools.now(), seq: Math.max(0, size - 1), system: client, plan: null };
    await applyAll({ tx, client, tools }, [ledgerVerified(source, { verified: now.verified, size })]);
  });
}
