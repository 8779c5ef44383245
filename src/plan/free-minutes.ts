import { holdsMinute, parseWindow, wallTime, type Window } from './window.ts';

const DAY = 1440;
/** Minutes of a week. */
export const WEEK = 7 * DAY;

/** For each minute of the week in UTC, Monday first: 1 if no window holds it, whichever offset the zone has. */
export function freeMinutes(timezone: string, forbid: readonly string[]): Uint8Array {
  const windows = forbid.map(parseWindow).filter(window => window !== undefined);
  const free = new Uint8Array(WEEK).fill(1);
  for (const offset of windows.length === 0 ? [] : offsetsOf(timezone)) {
    for (let minute = 0; minute < WEEK; minute += 1) if (isHeld(windows, minute + offset)) free[minute] = 0;
  }
  return free;
}

function isHeld(windows: readonly Window[], minute: number): boolean {
  const local = (minute + WEEK) % WEEK;
  const at = { day: (Math.floor(local / DAY) + 1) % 7, minute: local % DAY };
  return windows.some(window => holdsMinute(window, at));
}

/** Minutes before or after UTC that the zone has in the course of a year; looked at twice a month, in a fixed year. */
function offsetsOf(timezone: string): ReadonlySet<number> {
  const offsets = new Set<number>();
  for (let half = 0; half < 24; half += 1) {
    const noon = new Date(Date.UTC(2027, Math.floor(half / 2), half % 2 === 0 ? 1 : 15, 12));
    const { day, minute } = wallTime(noon, timezone);
    const days = (day - noon.getUTCDay() + 10) % 7; // 3 is the same day
    offsets.add((days - 3) * DAY + minute - DAY / 2);
  }
  return offsets;
}

/** The longest time without a free minute, in minutes; as long as a week if none is free. Weeks follow one another. */
export function longestClosed(free: Uint8Array): number {
  let longest = 0;
  let run = 0;
  for (let minute = 0; minute < 2 * WEEK && run < WEEK; minute += 1) {
    run = free[minute % WEEK] === 1 ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest;
}
