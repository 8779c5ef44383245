/** A day of a calendar, as milliseconds of its midnight counted as if the wall clock were UTC. */
export type LocalDay = number;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the wall clock of a zone shows at an instant, as milliseconds counted as if it were UTC. */
export function wallAt(ms: number, timezone: string): number {
  const parts = new Map(
    formatOf(timezone)
      .formatToParts(ms)
      .map(part => [part.type, Number(part.value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const seconds = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return seconds + (((ms % 1000) + 1000) % 1000);
}

/** The day that the wall clock shows. */
export function localDay(ms: number, timezone: string): LocalDay {
  return Math.floor(wallAt(ms, timezone) / DAY_MS) * DAY_MS;
}

/** `2026-11-26`. */
export function dayName(day: LocalDay): string {
  return new Date(day).toISOString().slice(0, 10);
}

/** A stretch of real time; `to` is not in it. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * All instants at which the wall clock shows a time in [from, to), both as `wallAt` gives them. Exact when the clocks change: an hour that is left
 * out is not there, and an hour that comes twice is there twice.
 */
export function stretchesOf(from: number, to: number, timezone: string): readonly Stretch[] {
  const early = from - 16 * HOUR_MS;
  const late = to + 16 * HOUR_MS;
  const before = offsetAt(early, timezone);
  const after = offsetAt(late, timezone);
  if (before === after) return [{ from: from - before, to: to - before }];
  const change = changeBetween(early, late, timezone);
  return [
    { from: from - before, to: Math.min(to - before, change) },
    { from: Math.max(from - after, change), to: to - after },
  ].filter(stretch => stretch.from < stretch.to);
}

/** The instant of a wall time: the first of two, and the moment after the gap for one that is left out. */
export function instantOf(wall: number, timezone: string): number {
  const [first] = stretchesOf(wall, wall + 1, timezone);
  if (first !== undefined) return first.from;
  return changeBetween(wall - 16 * HOUR_MS, wall + 16 * HOUR_MS, timezone);
}

function offsetAt(ms: number, timezone: string): number {
  return wallAt(ms, timezone) - ms;
}

/** The first instant with the offset that holds at `late`. */
function changeBetween(early: number, late: number, timezone: string): number {
  const before = offsetAt(early, timezone);
  let [low, high] = [early, late];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, timezone) === before) low = middle;
    else high = middle;
  }
  return high;
}

function formatOf(timezone: string): Intl.DateTimeFormat {
  const known = formats.get(timezone);
  if (known !== undefined) return known;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const;
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, hourCycle: 'h23', calendar: 'gregory', ...numeric });
  formats.set(timezone, format);
  return format;
}
