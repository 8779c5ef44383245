import type { Content, Message, MessageKind, Sent, Tier } from '../escalation/channel.ts';
import { digestOf } from '../escalation/digest.ts';
import type { Entry } from '../evidence/entry.ts';
import type { Delivery } from '../store/state/deliveries.ts';
import { makeToken } from '../store/state/tokens.ts';
import { clientNamed, type EscalateTools } from './tools.ts';

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

/** A message, and what else goes out in it: the other matters of a digest. */
export interface Group {
  readonly one: Delivery;
  readonly others: readonly Delivery[];
}

/** What was kept, as the column has it. */
export function keptOf({ message }: Delivery): KeptMessage {
  return message as unknown as KeptMessage;
}

/** The message as it is sent now: the link is made for it, and the contact is the one of client.yaml as it stands. */
export async function messageOf({ one, others }: Group, tools: EscalateTools): Promise<Message> {
  const client = clientNamed(tools.fleet, one.client);
  const kept = keptOf(one);
  const person = client.contacts[one.contact];
  const content = digestOf([kept.content, ...others.map(other => keptOf(other).content)]);
  return {
    id: one.id,
    inReplyTo: kept.inReplyTo,
    kind: kept.kind,
    at: tools.now(),
    content: { ...content, url: pageOf(content.escalation, tools) },
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
  const token = await tools.state.of(client, tx => makeToken(tx, { client, escalation, contact }, tools.now()));
  return `${page}?token=${token}`;
}

const US = { kind: 'system', id: 'resurgam' } as const;

/** Each try is an entry. Leadership, and whoever comes on duty, hears by notices; one that was not taken is no notice. */
export function entriesOf(one: Delivery, sent: Sent, now: string): readonly Entry[] {
  if (one.escalation === null) return [];
  const handOff = keptOf(one).kind === 'hand-off';
  if (one.tier === 'executive' || handOff) {
    if (sent.result !== 'accepted') return [];
    const kind = handOff ? 'hand-off' : 'executive';
    const about = { notice: one.id, kind, about: one.escalation, recipient: one.contact, medium: 'mail' } as const;
    return [{ type: 'notice', actor: US, fields: { ...about, dueAt: one.madeAt, sentAt: now, digest: null } }];
  }
  const tier = one.tier as Exclude<Tier, 'executive'>;
  const fields = {
    ...{ escalation: one.escalation, tier, contact: one.contact, channel: one.channel, attempt: one.attempt, result: sent.result },
    providerId: sent.result === 'accepted' ? sent.providerId : null,
    error: sent.result === 'failed' ? sent.error : null,
  };
  return [{ type: 'escalation-notified', actor: US, fields }];
}
