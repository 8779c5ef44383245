import type { Content, Message } from '../escalation/channel.ts';
import type { Client } from '../plan/client.ts';
import { goneChannels, keepGone } from '../store/state/gone-channels.ts';
import { settingsOf } from './reach.ts';
import type { EscalateTools } from './tools.ts';

/**
 * Tells every webhook of a client that somebody is here, for a dead-man check outside: a dead worker cannot call anyone (escalation.md,
 * section 12). Tried once: the next one comes soon. It is no evidence, so nothing of it is recorded. Gives how many were taken.
 */
export async function sendSignsOfLife(client: Client, tools: EscalateTools, stop: AbortSignal): Promise<number> {
  const webhooks = Object.entries(client.channels).filter(([, setting]) => setting.kind === 'webhook');
  if (webhooks.length === 0) return 0;
  const gone = await tools.state.of(client.client, tx => goneChannels(tx, client));
  const taken = await Promise.all(webhooks.filter(([name]) => !gone.has(name)).map(([name]) => sendOne(client, name, { tools, stop })));
  return taken.filter(Boolean).length;
}

async function sendOne(
  client: Client,
  name: string,
  with_: { readonly tools: EscalateTools; readonly stop: AbortSignal },
): Promise<boolean> {
  const { tools, stop } = with_;
  const setting = client.channels[name];
  const channel = setting === undefined ? undefined : tools.channels.get(setting.kind);
  if (setting === undefined || channel === undefined) return false;
  try {
    const sent = await channel.send(messageOf(client, tools.now()), await settingsOf(setting, reference => tools.secret(reference)), stop);
    if (sent.result === 'accepted') return true;
    if (sent.disable)
      await tools.state.of(client.client, tx => keepGone(tx, client, { channel: name, error: sent.error, at: tools.now() }));
    tools.explain(`${client.client}: sign of life by ${name}: ${sent.error}`);
  } catch (error) {
    tools.explain(`${client.client}: sign of life by ${name}: ${error instanceof Error ? error.message : 'could not be sent'}`);
  }
  return false;
}

function messageOf(client: Client, at: string): Message {
  return {
    ...({ id: `${Date.parse(at)}`, inReplyTo: null, kind: 'heartbeat', at, acknowledgeUrl: null } as const),
    ...{ content: contentOf(client.client, at), timeZone: client.timezone, domain: client.domain },
    contact: { id: 'heartbeat', name: 'heartbeat', email: null, phone: null },
  };
}

function contentOf(client: string, at: string): Content {
  return {
    ...{ escalation: 'heartbeat', client, system: 'Resurgam', plan: 'heartbeat', condition: 'heartbeat', severity: 'P4', tier: 'L1' },
    ...{ state: 'working', repeats: 0, summary: 'Resurgam is at work', codes: [], openedAt: at, respondBy: null, resolveBy: null },
    ...{ drill: null, verdict: null, recoveryTimeMs: null, rtoMs: 0, recoveryPointAgeMs: null, rpoMs: 0, ledgerSeq: null },
    ...{ runbook: null, downtimeProcedure: null, url: null, affects: [] },
  };
}
