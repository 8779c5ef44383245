import { notificationFailed } from '../escalation/conditions-of.ts';
import { endExhausted, type Delivery } from '../store/state/deliveries.ts';
import { drainOutbox } from '../store/state/outbox.ts';
import { applyAll, happen } from './apply.ts';
import { keptOf } from './message.ts';
import type { EscalateTools } from './tools.ts';

/**
 * Every channel of a contact failed: the next tier hears at once, and that somebody cannot be reached is a matter of its own. Kept with the
 * mark that it was done, so that a process that dies before leaves it to the next one.
 */
export async function giveUp(one: Delivery, tools: EscalateTools): Promise<void> {
  const at = tools.now();
  const because = await entryOf(one, tools);
  const { escalation, contact, client } = one;
  await tools.state.of(client, async tx => {
    if (!(await endExhausted(tx, one))) return;
    const within = { tx, client, tools };
    if (escalation !== null) await happen(within, escalation, { kind: 'undelivered', at, contact });
    // The message about an unreachable contact that reaches nobody must not open another one, for ever.
    if (keptOf(one).content.condition === 'notification-failed') return;
    await applyAll(within, [notificationFailed({ at, seq: because, system: contact, plan: null }, one.id)]);
  });
}

/** The last try stands in the ledger; where that takes no entry, what the message itself rested on. */
async function entryOf(one: Delivery, tools: EscalateTools): Promise<number> {
  try {
    const ledger = await tools.ledger(one.client);
    await drainOutbox(tools.state, ledger);
    return ledger.position().seq;
  } catch (error) {
    tools.explain(`ledger of ${one.client}: ${error instanceof Error ? error.message : 'unknown cause'}`);
    return keptOf(one).content.ledgerSeq ?? 0;
  }
}
