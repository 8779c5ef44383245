/** Clock fields of the machine that dumped, in its own time zone, which the archive does not name. */
export interface LocalTime {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** When a dump was made, and how that is known. */
export interface Dated {
  readonly at: string | null;
  readonly basis: 'derived' | 'declared' | 'not-tested';
}

/** What may tell the time zone of clock fields that name none. */
export interface ZoneFacts {
  /** The file was finished at this moment (ms since 1970); so the dump began before it. */
  readonly finishedMs: number;
  readonly bytes: number;
  /** IANA zone from the plan (`time:`), or `null`. */
  readonly declaredZone: string | null;
  /** Zone of this machine: dumps are often made on a neighbour of the one that drills them. */
  readonly ownZone: string;
}

const MINUTE_MS = 60_000;
/** Time stamps of some file systems are two seconds coarse. */
const COARSE_MS = 2_000;
const SHORT_DUMP_MS = 15 * MINUTE_MS;
const SLOW_BYTES_PER_MS = 1_000;
/** Offsets from UTC in minutes that are no whole hours, as they are in use. */
const ODD_OFFSETS = [-570, -210, -150, 210, 270, 330, 345, 390, 525, 570, 630, 765, 825];
const OFFSETS = [...Array.from({ length: 27 }, (_, index) => (index - 12) * 60), ...ODD_OFFSETS];

/**
 * The archive holds the dumping machine's clock without its zone. In this order: the zone that the plan names (`declared`); the zone of
 * this machine, then UTC, if a dump begun then would plausibly have been finished when the file was (15 minutes and a second for each
 * megabyte); else the offset in use that puts the beginning closest before the end, under the same condition (`derived`). If none fits,
 * the file was stored again later: this machine's zone, `declared`.
 */
export function resolveLocal(local: LocalTime, facts: ZoneFacts): Dated {
  if (facts.declaredZone !== null) return said(inZone(local, facts.declaredZone, facts.finishedMs), 'declared');
  const slack = SHORT_DUMP_MS + facts.bytes / SLOW_BYTES_PER_MS;
  const fits = (at: number): boolean => at <= facts.finishedMs + COARSE_MS && facts.finishedMs - at <= slack;
  const own = inZone(local, facts.ownZone, facts.finishedMs);
  const byOffset = OFFSETS.map(offset => asUtc(local) - offset * MINUTE_MS).sort((a, b) => b - a);
  const fitting = [own, asUtc(local), ...byOffset].find(fits);
  return fitting === undefined ? said(own, 'declared') : said(fitting, 'derived');
}

/** The same fields with an offset from UTC in minutes, of which several may be meant: the latest that is not after the end. */
export function resolveOffsets(local: LocalTime, offsets: readonly number[], finishedMs: number): Dated {
  const moments = offsets.map(offset => asUtc(local) - offset * MINUTE_MS).sort((a, b) => b - a);
  return said(moments.find(at => at <= finishedMs + COARSE_MS) ?? moments.at(-1) ?? asUtc(local), 'derived');
}

/** True for a name that `Intl` knows as a time zone. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The zone of this machine. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function said(at: number, basis: 'derived' | 'declared'): Dated {
  return { at: new Date(at).toISOString(), basis };
}

function asUtc(local: LocalTime): number {
  return Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute, local.second);
}

/** In the hour that summer time repeats, the later moment that is not after `finishedMs`. */
function inZone(local: LocalTime, zone: string, finishedMs: number): number {
  const fields = asUtc(local);
  const day = 24 * 60 * MINUTE_MS;
  const moments = [fields - day, fields + day].map(around => fields - zoneOffset(zone, around));
  const real = moments.filter(at => zoneOffset(zone, at) === fields - at).sort((a, b) => b - a);
  return real.find(at => at <= finishedMs + COARSE_MS) ?? real.at(-1) ?? fields - zoneOffset(zone, fields);
}

/** Offset from UTC in ms of this zone at this moment. */
function zoneOffset(zone: string, at: number): number {
  const options = {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const;
  const parts = new Map(new Intl.DateTimeFormat('en-US', options).formatToParts(at).map(part => [part.type, Number(part.value)]));
  const field = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const shown = Date.UTC(field('year'), field('month') - 1, field('day'), field('hour'), field('minute'), field('second'));
  return shown - Math.floor(at / 1_000) * 1_000;
}
