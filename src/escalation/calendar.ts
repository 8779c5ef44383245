import type { Client } from '../plan/client.ts';
import { parseWindow, type Window } from '../plan/window.ts';
import { DAY_MS, dayName, HOUR_MS, localDay, stretchesOf, type LocalDay, type Stretch } from './wall-time.ts';

/** When somebody can be reached, or business is done: weekly hours on the wall clock of a zone, without holidays. */
export interface Calendar {
  readonly timezone: string;
  /** None: never. */
  readonly windows: readonly Window[];
  /** `YYYY-MM-DD`. A shift that begins on the eve of one goes on to its end. */
  readonly holidays: ReadonlySet<string>;
}

/** Time counted in a calendar (escalation.md, section 5). */
export type BusinessTime = { readonly businessHours: number } | { readonly businessDays: number };

/** No calendar that opens at all is closed for longer than this: a year of holidays in a row. */
const DAYS_LOOKED_AHEAD = 800;
const OFFICE_HOURS = 'MON-FRI 08:00-17:00';

/** A calendar of client.yaml by its name; undefined if there is none. */
export function calendarOf(client: Client, name: string): Calendar | undefined {
  const found = client.calendars[name];
  if (found === undefined) return undefined;
  return makeCalendar({ timezone: found.timezone ?? client.timezone, hours: found.hours, holidays: found.holidays });
}

/**
 * The hours in which business clocks run: the calendar named `business` or `office`, else the first that has hours, else Monday to Friday
 * 08:00 to 17:00 in the zone of the client. A contract says "business hours" and client.yaml has no other place to say whose.
 */
export function businessCalendar(client: Client): Calendar {
  const named = ['business', 'office', ...Object.keys(client.calendars)];
  const name = named.find(one => (client.calendars[one]?.hours.length ?? 0) > 0);
  const found = name === undefined ? undefined : calendarOf(client, name);
  return found ?? makeCalendar({ timezone: client.timezone, hours: [OFFICE_HOURS], holidays: [] });
}

/** A calendar from its parts, as they are written in client.yaml. */
export function makeCalendar(given: {
  readonly timezone: string;
  readonly hours: readonly string[];
  readonly holidays: readonly string[];
}): Calendar {
  const windows = given.hours.flatMap(text => parseWindow(text) ?? []);
  return { timezone: given.timezone, windows, holidays: new Set(given.holidays) };
}

/** Whether this instant lies in the hours. */
export function isOpen(at: string, calendar: Calendar): boolean {
  const ms = Date.parse(at);
  const [next] = openFrom(ms, calendar);
  return next !== undefined && next.from <= ms;
}

/** This instant if it is open, else the next opening. `null`: never. */
export function nextOpen(at: string, calendar: Calendar): string | null {
  const ms = Date.parse(at);
  for (const open of openFrom(ms, calendar)) return stamp(Math.max(ms, open.from));
  return null;
}

/**
 * *n business hours*: the moment at which so much open time has passed; zero is the next opening. *n business days*: the close of the n-th
 * business day after the day of opening; after close or on a day off counts as the next business day (escalation.md, section 5).
 * `null`: the calendar never opens.
 */
export function addBusiness(from: string, time: BusinessTime, calendar: Calendar): string | null {
  return 'businessHours' in time ? addHours(from, time.businessHours, calendar) : addDays(from, time.businessDays, calendar);
}

/** The first opening of the business day after the one to which this moment belongs. `null`: never. */
export function nextBusinessDay(at: string, calendar: Calendar): string | null {
  const close = addBusiness(at, { businessDays: 0 }, calendar);
  return close === null ? null : nextOpen(close, calendar);
}

/** Milliseconds of open time in [from, to). */
export function openBetween(from: string, to: string, calendar: Calendar): number {
  const end = Date.parse(to);
  let sum = 0;
  for (const open of openFrom(Date.parse(from), calendar)) {
    if (open.from >= end) break;
    sum += Math.min(open.to, end) - Math.max(open.from, Date.parse(from));
  }
  return sum;
}

function addHours(from: string, hours: number, calendar: Calendar): string | null {
  if (hours === 0) return nextOpen(from, calendar);
  const start = Date.parse(from);
  let left = hours * HOUR_MS;
  for (const open of openFrom(start, calendar)) {
    const begin = Math.max(start, open.from);
    if (open.to - begin >= left) return stamp(begin + left);
    left -= open.to - begin;
  }
  return null;
}

function addDays(from: string, days: number, calendar: Calendar): string | null {
  const ms = Date.parse(from);
  let left = days;
  for (const day of daysFrom(ms, calendar)) {
    const close = Math.max(0, ...stretchesOn(day, calendar).map(open => open.to));
    if (close <= ms) continue;
    if (left === 0) return stamp(close);
    left -= 1;
  }
  return null;
}

/** Open stretches that end after this moment, in order, none of them touching another. */
function* openFrom(ms: number, calendar: Calendar): Generator<Stretch> {
  let held: Stretch | undefined;
  for (const day of daysFrom(ms, calendar)) {
    for (const open of stretchesOn(day, calendar)) {
      if (open.to <= ms) continue;
      if (held !== undefined && open.from > held.to) {
        yield held;
        held = open;
      } else {
        held = held === undefined ? open : { from: held.from, to: Math.max(held.to, open.to) };
      }
    }
    // Where days touch each other without a break (round the clock), the stretch is given out before it grows for ever.
    if (held !== undefined && held.to - held.from > 7 * DAY_MS) {
      yield held;
      held = { from: held.to, to: held.to };
    }
  }
  if (held !== undefined && held.to > held.from) yield held;
}

/** From the day before, whose night shift may still go on. */
function* daysFrom(ms: number, calendar: Calendar): Generator<LocalDay> {
  if (calendar.windows.length === 0) return;
  const first = localDay(ms, calendar.timezone) - DAY_MS;
  const enough = DAYS_LOOKED_AHEAD + calendar.holidays.size;
  for (let count = 0; count < enough; count++) yield first + count * DAY_MS;
}

/** The hours that begin on a day, in order. */
function stretchesOn(day: LocalDay, calendar: Calendar): readonly Stretch[] {
  if (calendar.holidays.has(dayName(day))) return [];
  const weekday = new Date(day).getUTCDay();
  return calendar.windows
    .filter(window => window.days.has(weekday))
    .flatMap(({ fromMinute, toMinute }) => {
      const minutes = toMinute > fromMinute ? toMinute : toMinute + 1440;
      return stretchesOf(day + fromMinute * 60_000, day + minutes * 60_000, calendar.timezone);
    })
    .sort((a, b) => a.from - b.from);
}

function stamp(ms: number): string {
  return new Date(ms).toISOString();
}
