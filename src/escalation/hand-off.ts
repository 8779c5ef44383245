import type { Client } from '../plan/client.ts';
import { calendarOf, isOpen } from './calendar.ts';
import type { Severity } from './channel.ts';
import { later } from './due.ts';
import { contactsOf, TIERS } from './ladder.ts';
import type { Matter, MatterState } from './matter.ts';
import { DAY_MS, HOUR_MS, instantOf, localDay, MINUTE_MS } from './wall-time.ts';

/** One line of what is handed over. */
export interface HandedOver {
  readonly id: string;
  readonly severity: Severity;
  readonly state: MatterState;
  readonly respondBy: string | null;
  readonly resolveBy: string | null;
  readonly lastNoteAt: string | null;
}

/** At one moment: who goes, who comes, and what is open. Each of them gets one `notice` of kind `hand-off`. */
export interface HandOff {
  readonly at: string;
  readonly leaving: readonly string[];
  readonly coming: readonly string[];
  readonly matters: readonly HandedOver[];
  /** If nobody who comes has acknowledged by then, `otherwise` is told. */
  readonly acknowledgeBy: string;
  readonly otherwise: readonly string[];
}

const ANSWER_WITHIN_MS = 30 * MINUTE_MS;

/** Every hand-off time of the client's calendars with `from` ≤ moment < `to`, each once, in order (escalation.md, section 5). */
export function handOffTimes(client: Client, from: string, to: string): readonly string[] {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const moments = new Set<number>();
  for (const calendar of Object.values(client.calendars)) {
    const zone = calendar.timezone ?? client.timezone;
    for (let day = localDay(start, zone); day <= localDay(end, zone); day += DAY_MS) {
      for (const time of calendar.handOff) moments.add(instantOf(day + clockMs(time), zone));
    }
  }
  const within = [...moments].filter(moment => start <= moment && moment < end);
  return within.sort((a, b) => a - b).map(moment => new Date(moment).toISOString());
}

/** The hand-off at this moment. Undefined if no P1 or P2 is open, or nobody of the ladder goes or comes. */
export function handOffAt(client: Client, at: string, matters: readonly Matter[]): HandOff | undefined {
  const open = matters.filter(matter => matter.state !== 'resolved' && matter.state !== 'held' && isUrgent(matter.severity));
  const before = later(at, -1);
  const people = [...new Set(open.flatMap(matter => TIERS.flatMap(tier => contactsOf(client, matter.condition, tier))))];
  const leaving = people.filter(name => isIn(name, before, client) && !isIn(name, at, client));
  const coming = people.filter(name => !isIn(name, before, client) && isIn(name, at, client));
  if (open.length === 0 || leaving.length + coming.length === 0) return undefined;
  return {
    ...{ at, leaving, coming, acknowledgeBy: later(at, ANSWER_WITHIN_MS) },
    matters: open.map(({ id, severity, state, respondBy, resolveBy, lastNoteAt }) => ({
      id,
      severity,
      state,
      respondBy,
      resolveBy,
      lastNoteAt,
    })),
    otherwise: [...new Set(open.flatMap(matter => contactsOf(client, matter.condition, 'L2')))],
  };
}

function isUrgent(severity: Severity): boolean {
  return severity === 'P1' || severity === 'P2';
}

/** Whoever has no calendar is always there: such a contact neither comes nor goes. */
function isIn(name: string, at: string, client: Client): boolean {
  const calendar = client.contacts[name]?.calendar;
  const known = calendar === undefined ? undefined : calendarOf(client, calendar);
  return known === undefined || isOpen(at, known);
}

function clockMs(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * HOUR_MS + minutes * MINUTE_MS;
}
