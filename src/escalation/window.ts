import type { Client } from '../plan/client.ts';
import { conditionRules, type Condition } from './condition.ts';
import { HOUR_MS, wallAt } from './wall-time.ts';

export type MaintenanceWindow = Client['windows'][number];

/** How much of a window counts. */
export interface JudgedWindow {
  readonly window: MaintenanceWindow;
  /** Why it counts for nothing at all; `null` if it counts. */
  readonly refused: 'approved-late' | 'no-length' | 'too-many' | 'too-long' | null;
  /** Until when it counts (ISO): its end, or the moment at which the hours of the month are used up. */
  readonly until: string;
  /** Time of the window that the cap cuts off: it counts as breach time. */
  readonly beyondMs: number;
}

/** Per client and calendar month (escalation.md, section 9). */
const MOST_WINDOWS = 4;
const MOST_MS = 8 * HOUR_MS;

/**
 * Every window of the client in the order of time, with what counts of it. One that was not approved before it began counts for nothing
 * and uses nothing up. A window belongs to the month, in the zone of the contract, in which it begins.
 */
export function judgeWindows(client: Client): readonly JudgedWindow[] {
  const used = new Map<string, { windows: number; ms: number }>();
  return [...client.windows]
    .sort((a, b) => Date.parse(a.start) - Date.parse(b.start))
    .map(window => {
      const [start, end] = [Date.parse(window.start), Date.parse(window.end)];
      const judged = (refused: JudgedWindow['refused'], until: number): JudgedWindow => ({
        window,
        refused,
        until: new Date(until).toISOString(),
        beyondMs: Math.max(0, end - until),
      });
      if (end <= start) return judged('no-length', end);
      if (Date.parse(window.approvedAt) >= start) return judged('approved-late', start);
      const month = used.get(monthOf(start, client)) ?? { windows: 0, ms: 0 };
      used.set(monthOf(start, client), month);
      if (month.windows >= MOST_WINDOWS) return judged('too-many', start);
      const counted = Math.min(end - start, MOST_MS - month.ms);
      if (counted <= 0) return judged('too-long', start);
      month.windows += 1;
      month.ms += counted;
      return judged(null, start + counted);
    });
}

/** Until when paging about this is muted; `null` if it is not. Windows that follow one another without a break are one. */
export function mutedUntil(at: string, about: { readonly condition: Condition; readonly system: string }, client: Client): string | null {
  if (client.windows.length === 0 || !conditionRules[about.condition].mutable) return null;
  const counting = judgeWindows(client).filter(({ refused, window }) => refused === null && window.systems.includes(about.system));
  let end: string | null = null;
  for (const { window, until } of counting) {
    const now = Date.parse(end ?? at);
    if (Date.parse(window.start) <= now && now < Date.parse(until)) end = until;
  }
  return end;
}

function monthOf(ms: number, client: Client): string {
  return new Date(wallAt(ms, client.contract.timezone ?? client.timezone)).toISOString().slice(0, 7);
}
