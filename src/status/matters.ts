import type { Call, OpenMatter } from '../store/state/overview.ts';

/** How far a contact was reached; `sent`: the other side took the message, which is not yet delivered. */
export type Reached = 'delivered' | 'sent' | 'on its way' | 'not reached';

export interface CalledContact {
  readonly tier: string;
  readonly contact: string;
  readonly channels: readonly string[];
  readonly reached: Reached;
}

/** An open matter and who has been called about it. */
export interface ShownMatter {
  readonly escalation: string;
  readonly client: string;
  /** Plan that it is about, as its key says it. */
  readonly plan: string;
  readonly condition: string;
  readonly severity: string;
  readonly state: string;
  readonly openedAt: string;
  readonly ageMs: number;
  readonly called: readonly CalledContact[];
}

const REACHED: Readonly<Record<Call['state'], Reached>> = {
  delivered: 'delivered',
  accepted: 'sent',
  waiting: 'on its way',
  failed: 'not reached',
};
const ORDER: readonly Reached[] = ['delivered', 'sent', 'on its way', 'not reached'];

/** Open matters with the people who were called. Pure. */
export function shownMatters(matters: readonly OpenMatter[], calls: readonly Call[], nowMs: number): readonly ShownMatter[] {
  const byMatter = new Map<string, Call[]>();
  for (const call of calls) byMatter.set(keyOf(call), [...(byMatter.get(keyOf(call)) ?? []), call]);
  return matters.map(matter => {
    const [, plan = '', condition = ''] = matter.key.split('/');
    const { escalation, client, severity, state, openedAt } = matter;
    const ageMs = Math.max(0, nowMs - Date.parse(openedAt));
    return { escalation, client, plan, condition, severity, state, openedAt, ageMs, called: contactsOf(byMatter.get(keyOf(matter)) ?? []) };
  });
}

function keyOf(of: { readonly client: string; readonly escalation: string }): string {
  return `${of.client}/${of.escalation}`;
}

function contactsOf(calls: readonly Call[]): readonly CalledContact[] {
  const contacts = new Map<string, CalledContact>();
  for (const { tier, contact, channel, state } of calls) {
    const before = contacts.get(contact);
    const reached = better(before?.reached, REACHED[state]);
    const channels = new Set([...(before?.channels ?? []), channel]);
    contacts.set(contact, { tier: before?.tier ?? tier, contact, channels: [...channels], reached });
  }
  return [...contacts.values()];
}

/** A contact counts as reached by the channel that got furthest. */
function better(a: Reached | undefined, b: Reached): Reached {
  return a !== undefined && ORDER.indexOf(a) < ORDER.indexOf(b) ? a : b;
}
