import type { Content, Message, MessageKind, Severity } from '../channel.ts';
import { keyOf } from '../matter.ts';
import { shortened } from '../one-line.ts';
import { titleOf, webAddress } from '../wording.ts';

const SEVERITY: Readonly<Record<Severity, string>> = { P1: 'critical', P2: 'error', P3: 'warning', P4: 'info' };
const LONGEST_SUMMARY = 1_024;

/** An event for Events API v2 (escalation.md, section 12). An acknowledgement and a resolution need the key and no more. */
export function eventOf(message: Message, routingKey: string): object {
  const action = actionOf(message.kind);
  const event = { routing_key: routingKey, event_action: action, dedup_key: dedupKey(message) };
  return action === 'trigger' ? { ...event, ...trigger(message) } : event;
}

/** The key of the matter, so that one matter is one incident. A test is a matter of its own, which a real resolution must not close. */
export function dedupKey({ kind, id, content }: Message): string {
  const { client, plan, condition } = content;
  return keyOf({ client, system: plan, condition: kind === 'test' ? `${condition}/test/${id}` : condition });
}

function actionOf(kind: MessageKind): 'trigger' | 'acknowledge' | 'resolve' {
  if (kind === 'resolved') return 'resolve';
  return kind === 'acknowledged' ? 'acknowledge' : 'trigger';
}

function trigger(message: Message): object {
  const { content } = message;
  const url = webAddress(content.url);
  return {
    client: 'Resurgam',
    ...(url === '' ? {} : { client_url: url }),
    payload: {
      summary: shortened(titleOf(message).bracketed, LONGEST_SUMMARY),
      source: content.plan,
      severity: message.kind === 'test' ? 'info' : SEVERITY[content.severity],
      timestamp: content.openedAt,
      group: content.client,
      class: content.condition,
      custom_details: content satisfies Content,
    },
    links: url === '' ? [] : [{ href: url, text: 'Open in Resurgam' }],
    images: [],
  };
}
