import type { ResponseTime } from '../plan/channel-schema.ts';
import type { Client } from '../plan/client.ts';
import { addBusiness, businessCalendar, type Calendar } from './calendar.ts';
import type { Severity } from './channel.ts';
import { HOUR_MS, MINUTE_MS } from './wall-time.ts';

/** Until when somebody must work on it, and until when it must be restored. `null`: the business calendar never opens. */
export interface DueTimes {
  readonly respondBy: string | null;
  readonly resolveBy: string | null;
}

/** Our defaults (escalation.md, section 1); the contract of the client replaces them one by one. */
const DEFAULTS: Readonly<Record<Severity, { readonly respond: ResponseTime; readonly resolve: ResponseTime }>> = {
  P1: { respond: { ms: 15 * MINUTE_MS }, resolve: { ms: 4 * HOUR_MS } },
  P2: { respond: { ms: 30 * MINUTE_MS }, resolve: { ms: 8 * HOUR_MS } },
  P3: { respond: { businessHours: 4 }, resolve: { businessDays: 2 } },
  P4: { respond: { businessDays: 1 }, resolve: { businessDays: 5 } },
};

/** Both times of a matter of this severity that opened at this moment. */
export function dueTimes(severity: Severity, openedAt: string, client: Client): DueTimes {
  const { respond, resolve } = DEFAULTS[severity];
  const calendar = businessCalendar(client);
  return {
    respondBy: dueAt(openedAt, client.contract.respond?.[severity] ?? respond, calendar),
    resolveBy: dueAt(openedAt, client.contract.resolve?.[severity] ?? resolve, calendar),
  };
}

/** A moment and a time after it, elapsed or counted in a calendar. `null`: the calendar never opens. */
export function dueAt(from: string, time: ResponseTime, calendar: Calendar): string | null {
  return 'ms' in time ? later(from, time.ms) : addBusiness(from, time, calendar);
}

/** So many milliseconds later. */
export function later(from: string, ms: number): string {
  return new Date(Date.parse(from) + ms).toISOString();
}

/** The earlier of two; what is not there does not count. */
export function earlier(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(a) <= Date.parse(b) ? a : b;
}

/** The earliest of several; `null` if there is none. */
export function earliest(moments: readonly (string | null)[]): string | null {
  return moments.reduce<string | null>(earlier, null);
}

/** The later of two. */
export function latest(a: string, b: string): string {
  return Date.parse(a) >= Date.parse(b) ? a : b;
}
