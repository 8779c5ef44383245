import { later } from './due.ts';
import { restartLadder } from './advance.ts';
import type { Acknowledged, MatterState, Refusal, StateAsked } from './matter.ts';
import type { Stepping } from './stepping.ts';
import { DAY_MS } from './wall-time.ts';

const ORDER: readonly MatterState[] = ['open', 'acknowledged', 'stabilized', 'workaround-approved', 'restored', 'resolved'];
const LONGEST_ACCEPTANCE_MS = 30 * DAY_MS;

type Acknowledge = (stepping: Stepping, event: Omit<Acknowledged, 'kind'>) => void;

/**
 * A person asks for another state (escalation.md, sections 6 and 7). Steps may be skipped, never gone back but to `open`. Nobody can ask
 * for `resolved`: only evidence resolves; and `restored` must name it. Who moves a matter works on it, so it is an acknowledgement too.
 */
export function askState(stepping: Stepping, asked: StateAsked, acknowledge: Acknowledge): void {
  const why = objection(stepping, asked);
  if (why !== undefined) {
    stepping.refuse(asked.by, `state ${asked.to}`, why);
    return;
  }
  const { at, by, to, via, reason } = asked;
  if (to === 'accepted') {
    accept(stepping, asked);
    return;
  }
  if (to === 'open') {
    stepping.toState('open', reason, by);
    stepping.set({ restoredAt: null, workaroundAt: null, proofs: {} });
    restartLadder(stepping, at);
    return;
  }
  if (stepping.matter.state === 'open') acknowledge(stepping, { at, by, via, how: 'human' });
  stepping.toState(to, reason, by);
  stepping.set({ lastNoteAt: at });
  if (to === 'workaround-approved') stepping.set({ workaroundAt: at });
  if (to === 'restored') stepping.set({ restoredAt: at });
}

/** A risk owner takes it upon themselves until a day: it stays in every report and opens again on that day. */
function accept(stepping: Stepping, { by, reason, until = '' }: StateAsked): void {
  stepping.toState('accepted', reason, by);
  stepping.set({ acceptedUntil: new Date(until).toISOString() });
  stepping.setLadder({ running: false, owed: false });
}

function objection({ matter, rules }: Stepping, asked: StateAsked): Refusal | undefined {
  const contact = rules.client.contacts[asked.by];
  if (contact === undefined) return 'not-a-contact';
  if (matter.state === 'held') return 'not-open';
  if (asked.to === 'resolved') return 'only-evidence';
  if (asked.reason.trim() === '') return 'no-reason';
  if (asked.to === 'accepted') return contact.role === 'risk-owner' ? objectionToDate(asked) : 'not-risk-owner';
  if (asked.to === 'restored' && !(asked.because !== undefined && asked.because > matter.lastBecause)) return 'only-evidence';
  if (asked.to === 'open') return undefined;
  return ORDER.indexOf(asked.to) > ORDER.indexOf(matter.state) && matter.state !== 'accepted' ? undefined : 'out-of-order';
}

function objectionToDate({ at, until }: StateAsked): Refusal | undefined {
  const end = Date.parse(until ?? '');
  const latest = Date.parse(later(at, LONGEST_ACCEPTANCE_MS));
  return end > Date.parse(at) && end <= latest ? undefined : 'no-date';
}
