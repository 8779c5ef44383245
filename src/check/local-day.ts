import { Cron } from 'croner';

/** A calendar day in a time zone, and the moments between which it lies. 23 to 25 hours long. */
export interface LocalDay {
  /** `2026-11-01`. */
  readonly day: string;
  /** ISO, UTC, milliseconds; the first moment of the day. */
  readonly from: string;
  /** The first moment of the next one. */
  readonly to: string;
}

const HOUR_MS = 3_600_000;

/** The local day that holds this moment. */
export function localDayAt(at: string, timeZone: string): LocalDay {
  const midnight = new Cron('0 0 * * *', { timezone: timeZone, paused: true });
  const moment = new Date(at);
  const to = following(midnight, moment);
  let from = following(midnight, new Date(to.getTime() - 50 * HOUR_MS));
  for (let later = following(midnight, from); later <= moment; later = following(midnight, later)) from = later;
  return { day: dayName(from, timeZone), from: from.toISOString(), to: to.toISOString() };
}

/** The day after. */
export function dayAfter(day: LocalDay, timeZone: string): LocalDay {
  return localDayAt(day.to, timeZone);
}

/** A day by its name: in no zone is its noon in UTC farther than 14 hours from it. */
export function localDayOf(day: string, timeZone: string): LocalDay {
  let found = localDayAt(`${day}T00:00:00.000Z`, timeZone);
  while (found.day < day) found = dayAfter(found, timeZone);
  if (found.day > day) found = localDayAt(new Date(Date.parse(found.from) - 1).toISOString(), timeZone);
  return found;
}

function following(midnight: Cron, after: Date): Date {
  const next = midnight.nextRun(after);
  if (next === null) throw new RangeError('there is always another midnight');
  return next;
}

/** By zone: to make one takes as long as fifty days that it names. */
const formats = new Map<string, Intl.DateTimeFormat>();

function dayName(at: Date, timeZone: string): string {
  const format = formats.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  formats.set(timeZone, format);
  return format.format(at);
}
