import { notificationFailed } from '../escalation/conditions-of.ts';
import type { Delivery } from '../store/state/deliveries.ts';
import { drainOutbox } from '../store/state/outbox.ts';
import { applyAll, happen } from './apply.ts';
import type { EscalateTools } from './tools.ts';

/** Every channel of a contact failed: the next tier hears at once, and that somebody cannot be reached is a matter of its own. */
export async function giveUp(one: Delivery, tools: EscalateTools): Promise<void> {
  const at = tools.now();
  const ledger = await tools.ledger(one.client);
  await drainOutbox(tools.state, ledger);
  const because = ledger.position().seq;
  const { escalation, contact, client } = one;
  await tools.state.of(client, async tx => {
    const within = { tx, client, tools };
    if (escalation !== null) await happen(within, escalation, { kind: 'undelivered', at, contact });
    // The message about an unreachable contact that reaches nobody must not open another one, for ever.
    if (isAboutDelivery(one)) return;
    await applyAll(within, [notificationFailed({ at, seq: because, system: contact, plan: null }, one.id)]);
  });
}

function isAboutDelivery({ message }: Delivery): boolean {
  const content = message['content'] as { readonly condition?: string } | undefined;
  return content?.condition === 'notification-failed';
}
