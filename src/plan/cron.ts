import { Cron } from 'croner';

/** Why this is not a schedule, or undefined: five fields that croner understands, and a moment that comes at all. */
export function cronProblem(pattern: string): string | undefined {
  if (pattern.trim().split(/\s+/).length !== 5) return 'expected five fields: minute, hour, day of month, month, day of week';
  try {
    const first = new Cron(pattern, { timezone: 'UTC', paused: true }).nextRun(new Date('2027-01-01T00:00:00Z'));
    return first === null ? 'expected a time that comes; this one never does' : undefined;
  } catch {
    return 'expected a schedule such as "0 2 * * SUN"';
  }
}

/** Zones that were found to be some: to ask again takes longer than to read the rest of a plan. */
const zones = new Set<string>();

/** Whether this is a time zone of the IANA list, such as `America/Chicago`. Offsets like `+02:00` know no daylight saving time and are refused. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  if (zones.has(text)) return true;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: text });
    zones.add(text);
    return true;
  } catch {
    return false;
  }
}
