import type { Message, MessageKind } from '../channel.ts';

/** Types of the generic webhook (escalation.md, section 12). `escalation.test` is ours: a receiver that does not know a type passes it over. */
const TYPE: Readonly<Record<MessageKind, string>> = {
  opened: 'escalation.opened',
  changed: 'escalation.changed',
  acknowledged: 'escalation.acknowledged',
  resolved: 'escalation.resolved',
  executive: 'escalation.changed',
  'hand-off': 'escalation.changed',
  digest: 'escalation.changed',
  test: 'escalation.test',
  heartbeat: 'heartbeat',
};

/** The common content as JSON. The link with the single-use token is for a person, so it is not in here. */
export function bodyOf(message: Message): string {
  return JSON.stringify({ type: TYPE[message.kind], timestamp: message.at, data: message.content });
}

/** `msg_e-0001_opened_1`: the same over all tries. The signature is over parts with dots between them, so there is none in it. */
export function webhookId({ id, kind, content }: Message): string {
  const count = id.startsWith(`${content.escalation}.`) ? id.slice(content.escalation.length + 1) : id;
  return `msg_${content.escalation}_${kind}_${count}`.replaceAll(/[^A-Za-z0-9_-]/g, '_');
}
