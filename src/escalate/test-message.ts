import { testDelivered } from '../escalation/conditions-of.ts';
import type { Channel, Content, Message, Sent } from '../escalation/channel.ts';
import type { Client } from '../plan/client.ts';
import { keepThere } from '../store/state/gone-channels.ts';
import { drainOutbox } from '../store/state/outbox.ts';
import { applyAll } from './apply.ts';
import { channelsOf, settingsOf } from './reach.ts';
import { clientNamed, type EscalateTools } from './tools.ts';

/** One channel of a contact, and what became of the test message. */
export interface TestTried {
  readonly channel: string;
  readonly sent: Sent;
}

/** Sends a test message by each channel of a contact. One that is taken is the evidence that the contact can be reached again. */
export async function sendTest(
  of: { readonly client: string; readonly contact: string },
  tools: EscalateTools,
  stop: AbortSignal,
): Promise<readonly TestTried[]> {
  const client = clientNamed(tools.fleet, of.client);
  const person = client.contacts[of.contact];
  const tried: TestTried[] = [];
  for (const name of person === undefined ? [] : channelsOf(client, of.contact)) {
    const setting = client.channels[name];
    const channel = setting === undefined ? undefined : tools.channels.get(setting.kind);
    if (person === undefined || setting === undefined || channel === undefined) continue;
    const at = tools.now();
    const message = {
      ...({ id: `test-${Date.parse(at)}-${name}`, inReplyTo: null, kind: 'test', at, acknowledgeUrl: null } as const),
      ...{ content: testContent(of.client, at), timeZone: client.timezone, domain: client.domain },
      contact: { id: of.contact, name: person.name, email: person.email ?? null, phone: person.phone ?? null },
    };
    const sent = await trySending({ message, setting, channel }, tools, stop);
    // What was gone and takes a message is there again.
    if (sent.result === 'accepted') await tools.state.of(of.client, tx => keepThere(tx, of.client, name));
    tried.push({ channel: name, sent });
  }
  if (tried.some(({ sent }) => sent.result === 'accepted')) await proveReachable(of, tools);
  return tried;
}

/** A secret that is not there says nothing of the contact's other channels. */
async function trySending(
  { message, setting, channel }: { readonly message: Message; readonly setting: Client['channels'][string]; readonly channel: Channel },
  tools: EscalateTools,
  stop: AbortSignal,
): Promise<Sent> {
  try {
    return await channel.send(message, await settingsOf(setting, reference => tools.secret(reference)), stop);
  } catch (error) {
    tools.explain(error instanceof Error ? error.message : 'the channel could not be used');
    return { result: 'failed', error: 'could-not-send', again: true, retryAfterMs: null, disable: false };
  }
}

async function proveReachable(
  { client, contact }: { readonly client: string; readonly contact: string },
  tools: EscalateTools,
): Promise<void> {
  const ledger = await tools.ledger(client);
  const { seq } = ledger.position();
  const proof = testDelivered({ at: tools.now(), seq, system: contact, plan: null });
  await tools.state.of(client, tx => applyAll({ tx, client, tools }, [proof]));
  await drainOutbox(tools.state, ledger);
}

function testContent(client: string, at: string): Content {
  return {
    ...{ escalation: 'test', client, system: 'Resurgam', plan: 'test', condition: 'test', severity: 'P4', tier: 'L1', state: 'open' },
    ...{ repeats: 0, summary: 'This is a test of Resurgam: nothing is wrong', codes: [], openedAt: at, respondBy: null, resolveBy: null },
    ...{ drill: null, verdict: null, recoveryTimeMs: null, rtoMs: 0, recoveryPointAgeMs: null, rpoMs: 0, ledgerSeq: null },
    ...{ runbook: null, downtimeProcedure: null, url: null, affects: [] },
  };
}
