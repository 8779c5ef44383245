const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A time in one unit, where there is room for no more; rounded up: `6 s`, `12 min`, `1.3 h`, `3 d`. */
export function roughly(ms: number): string {
  if (ms < MINUTE_MS) return `${Math.ceil(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return `${Math.ceil(ms / MINUTE_MS)} min`;
  if (ms < 10 * HOUR_MS) return `${Math.ceil((ms * 10) / HOUR_MS) / 10} h`;
  return ms < 2 * DAY_MS ? `${Math.ceil(ms / HOUR_MS)} h` : `${Math.ceil(ms / DAY_MS)} d`;
}
