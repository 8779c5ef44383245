import type { Client } from '../plan/client.ts';
import { later } from './due.ts';
import { DAY_MS, HOUR_MS } from './wall-time.ts';

/** When a breach of health information that a contact declared must have been notified (escalation.md, section 10). ISO stamps. */
export interface BreachClocks {
  readonly initialBy: string;
  readonly formalBy: string;
  /** 45 CFR 164.410: no later than 60 calendar days after discovery. Law, not contract. */
  readonly lawBy: string;
  /** Each notice by all of these. */
  readonly by: readonly ('phone' | 'mail')[];
}

export interface SentNotice {
  readonly medium: 'phone' | 'mail' | 'letter';
  readonly at: string;
}

const LAW_MS = 60 * DAY_MS;

/** The clocks that run from the discovery. Resurgam never decides that there was a breach: a named contact declares it. */
export function breachClocks(discoveredAt: string, client: Client): BreachClocks {
  const { notice } = client.contract;
  return {
    initialBy: later(discoveredAt, notice?.initial ?? 24 * HOUR_MS),
    formalBy: later(discoveredAt, notice?.formal ?? 72 * HOUR_MS),
    lawBy: later(discoveredAt, LAW_MS),
    by: notice?.by ?? ['phone', 'mail'],
  };
}

/** Whether a notice was given in time by every medium that was promised: one alone leaves the clock running. */
export function noticeGiven(
  due: { readonly dueBy: string; readonly by: BreachClocks['by'] },
  sent: readonly SentNotice[],
  now: string,
): 'in-time' | 'late' | 'running' {
  const firsts = due.by.map(medium => Math.min(...sent.filter(one => one.medium === medium).map(one => Date.parse(one.at))));
  const given = Math.max(...firsts);
  if (given <= Date.parse(due.dueBy)) return 'in-time';
  return Date.parse(now) > Date.parse(due.dueBy) ? 'late' : 'running';
}
