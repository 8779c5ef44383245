import { ownZone, resolveLocal, type LocalTime } from './created.ts';

/** A moment in a file name: clock fields, with the offset from UTC in minutes if the name says it. */
export interface NameTime {
  readonly local: LocalTime;
  readonly offset: number | null;
}

/** `2026-11-01T02:00:00Z`, `2026-11-01_02-00`, `20261101-0200`, `20261101T020000+0100`. A date alone is no time. */
const TIME = /(?<!\d)(20\d\d)([-_.]?)(\d\d)\2(\d\d)[T_ .-]?(\d\d)[:h_.-]?(\d\d)(?:[:m_.-]?(\d\d))?(?!\d)(Z|UTC|[+-]\d\d:?\d\d)?/;

/** The first time that a name holds, or undefined. What a name says is `declared`, never more. */
export function timeInName(name: string): NameTime | undefined {
  const match = TIME.exec(name);
  if (match === null) return undefined;
  const [, year, , month, day, hour, minute, second, zone] = match;
  const local = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second ?? 0),
  };
  return isReal(local) ? { local, offset: offsetOf(zone) } : undefined;
}

function isReal(local: LocalTime): boolean {
  const date = new Date(Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second));
  return (
    date.getUTCMonth() === local.month - 1 && date.getUTCDate() === local.day && local.hour < 24 && local.minute < 60 && local.second < 60
  );
}

function offsetOf(zone: string | undefined): number | null {
  if (zone === undefined) return null;
  if (zone === 'Z' || zone === 'UTC') return 0;
  const digits = zone.slice(1).replace(':', '');
  return (zone.startsWith('-') ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
}

/** What the last part of a path says, in the zone of the plan or of this machine. */
export function momentInName(
  path: string,
  { zone, ...facts }: { readonly finishedMs: number; readonly bytes: number; readonly zone: string | null },
): string | null {
  const named = timeInName(path.slice(path.lastIndexOf('/') + 1));
  if (named === undefined) return null;
  const { local, offset } = named;
  if (offset === null) return resolveLocal(local, { ...facts, declaredZone: zone, ownZone: ownZone() }).at;
  return new Date(Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second) - offset * 60_000).toISOString();
}
