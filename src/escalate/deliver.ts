import type { Channel, Content, Message, MessageKind, Sent, Tier } from '../escalation/channel.ts';
import { nextAfter } from '../escalation/tries.ts';
import type { Client } from '../plan/client.ts';
import type { Entry } from '../evidence/entry.ts';
import { keepTried, takeDue, type Delivery, type Tried } from '../store/state/deliveries.ts';
import { putEntries } from '../store/state/outbox.ts';
import type { Tx } from '../store/state/state.ts';
import { makeToken } from '../store/state/tokens.ts';
import { channelAfter, settingsOf } from './reach.ts';
import { putNext } from './tell.ts';
import { clientNamed, type EscalateTools } from './tools.ts';
import { giveUp } from './undelivered.ts';

/** Longer than a try may take: a message is taken by somebody else only when whoever had it is gone. */
const LEASE_MS = 120_000;
const AT_ONCE = 20;
/** Messages to which a contact may answer "I am working on it". */
const ANSWERED: readonly MessageKind[] = ['opened', 'changed', 'hand-off'];

/** A link is one person's: whoever reads along could press the button in that person's name. */
const ROOMS: readonly string[] = ['slack', 'teams'];

/** What is kept of a message until it is sent. */
export interface KeptMessage {
  readonly kind: MessageKind;
  readonly content: Content;
  readonly inReplyTo: string | null;
}

/** Sends everything that is due, once each. Gives how many tries were made. */
export async function deliverDue(tools: EscalateTools, stop: AbortSignal): Promise<number> {
  const due = await takeDue(tools.state, { now: tools.now(), leaseMs: LEASE_MS, most: AT_ONCE });
  await Promise.all(due.map(one => deliver(one, tools, stop)));
  return due.length;
}

async function deliver(one: Delivery, tools: EscalateTools, stop: AbortSignal): Promise<void> {
  const client = clientNamed(tools.fleet, one.client);
  const sent = await trySending(one, { client, tools, stop });
  const next = channelAfter(client, one.contact, one.channel);
  const after = nextAfter(sent, { tries: one.attempt, moreChannels: next !== undefined });
  const now = tools.now();
  const exhausted = await tools.state.of(one.client, async tx => {
    await keepTried(tx, one, triedAs(sent, after.next === 'again' ? after.afterMs : null, now));
    await putEntries(tx, one.client, entriesOf(one, { sent, now, again: after.next === 'again' }));
    if (after.next === 'next-channel' && next !== undefined) await putNext(tx, { ...one, channel: next }, now);
    return after.next === 'exhausted';
  });
  if (exhausted) await giveUp(one, tools);
}

interface Sending {
  readonly client: Client;
  readonly tools: EscalateTools;
  readonly stop: AbortSignal;
}

/** One try. Whatever keeps us from trying is a failed try: the ladder must go on. */
async function trySending(one: Delivery, { client, tools, stop }: Sending): Promise<Sent> {
  const setting = client.channels[one.channel];
  const channel: Channel | undefined = setting === undefined ? undefined : tools.channels.get(setting.kind);
  if (setting === undefined || channel === undefined) return failure('no-channel');
  try {
    const message = await messageOf(one, client, tools);
    return await channel.send(message, await settingsOf(setting, reference => tools.secret(reference)), stop);
  } catch (error) {
    tools.explain(`${one.client}: channel ${one.channel}: ${error instanceof Error ? error.message : 'could not be used'}`);
    return { ...failure('could-not-send'), again: true };
  }
}

function failure(error: string): Extract<Sent, { result: 'failed' }> {
  return { result: 'failed', error, again: false, retryAfterMs: null, disable: false };
}

async function messageOf(one: Delivery, client: Client, tools: EscalateTools): Promise<Message> {
  const kept = one.message as unknown as KeptMessage;
  const person = client.contacts[one.contact];
  return {
    id: one.id,
    inReplyTo: kept.inReplyTo,
    kind: kept.kind,
    at: tools.now(),
    content: { ...kept.content, url: pageOf(kept.content.escalation, tools) },
    contact: { id: one.contact, name: person?.name ?? one.contact, email: person?.email ?? null, phone: person?.phone ?? null },
    acknowledgeUrl: await linkOf(one, kept, tools),
    timeZone: client.timezone,
    domain: client.domain,
  };
}

function pageOf(escalation: string, { publicUrl }: EscalateTools): string | null {
  return publicUrl === null || escalation === '' ? null : `${publicUrl}/escalations/${escalation}`;
}

/** Made for this one contact, when it is sent: only its digest is kept. In a room where others read along there is none. */
async function linkOf(one: Delivery, { kind }: KeptMessage, tools: EscalateTools): Promise<string | null> {
  const { client, contact, escalation, channel } = one;
  const page = escalation === null ? null : pageOf(escalation, tools);
  const isRoom = ROOMS.includes(clientNamed(tools.fleet, client).channels[channel]?.kind ?? '');
  if (page === null || escalation === null || isRoom || !ANSWERED.includes(kind)) return null;
  const token = await tools.state.of(client, (tx: Tx) => makeToken(tx, { client, escalation, contact }, tools.now()));
  return `${page}?token=${token}`;
}

function triedAs(sent: Sent, againMs: number | null, now: string): Tried {
  if (sent.result === 'accepted') return { state: 'accepted', dueAt: now, providerId: sent.providerId, error: null, endedAt: now };
  if (againMs === null) return { state: 'failed', dueAt: now, providerId: null, error: sent.error, endedAt: now };
  return { state: 'waiting', dueAt: new Date(Date.parse(now) + againMs).toISOString(), providerId: null, error: sent.error, endedAt: null };
}

/** Each try is an entry. Leadership hears by notices; one that was not taken is no notice. */
function entriesOf(one: Delivery, tried: { readonly sent: Sent; readonly now: string; readonly again: boolean }): readonly Entry[] {
  const { sent, now } = tried;
  if (one.escalation === null) return [];
  const actor = { kind: 'system', id: 'resurgam' } as const;
  if (one.tier === 'executive') {
    if (sent.result !== 'accepted') return [];
    const about = { notice: one.id, kind: 'executive', about: one.escalation, recipient: one.contact, medium: 'mail' } as const;
    return [{ type: 'notice', actor, fields: { ...about, dueAt: one.madeAt, sentAt: now, digest: null } }];
  }
  const tier = one.tier as Exclude<Tier, 'executive'>;
  const fields = {
    ...{ escalation: one.escalation, tier, contact: one.contact, channel: one.channel, attempt: one.attempt, result: sent.result },
    providerId: sent.result === 'accepted' ? sent.providerId : null,
    error: sent.result === 'failed' ? sent.error : null,
  };
  return [{ type: 'escalation-notified', actor, fields }];
}
