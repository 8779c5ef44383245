import type { Basis, PhaseName } from '../measurement/measurement.ts';

/** The word that stands before every figure (measurement.md, section 11). */
export const basisWord: Readonly<Record<Basis, string>> = {
  measured: 'Measured',
  derived: 'Derived',
  declared: 'Declared',
  estimated: 'Estimated',
  'not-tested': 'Not tested',
};

/** The phases in the words of a person who was not there. */
export const phaseWord: Readonly<Record<PhaseName, string>> = {
  select: 'Choose the recovery point',
  provision: 'Make the sandbox',
  fetch: 'Fetch the backup',
  restore: 'Restore it',
  runbook: 'Do the steps of the runbook',
  start: 'Start the system',
  workflows: 'Do what its users do',
  probes: 'Question the system',
  destroy: 'Destroy the sandbox',
  waiting: 'Waiting',
};

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `9.0 GiB`; below one KiB exact: `734 bytes`. */
export function bytesText(bytes: number): string {
  let rest = bytes;
  let unit = 0;
  while (rest >= 1024 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit++;
  }
  return unit === 0 ? counted(bytes, 'byte') : `${rest >= 100 ? Math.round(rest) : rest.toFixed(1)} ${UNITS[unit] ?? 'PiB'}`;
}

/** `1 November 2026, 08:00:03 UTC`, or in the words of another time zone. */
export function stampText(iso: string, timeZone = 'UTC'): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  });
  return format.format(new Date(iso)).replace(' at ', ', ');
}

/** In UTC, and beside it in the zone in which people live: `1 November 2026, 08:00:03 UTC (02:00:03 in America/Chicago)`. */
export function stampBoth(iso: string, timeZone: string): string {
  if (timeZone === 'UTC') return stampText(iso);
  const time = stampText(iso, timeZone).replace(/ [^ ]+$/, '');
  const local = dayText(iso, timeZone) === dayText(iso) ? (time.split(', ').at(-1) ?? time) : time;
  return `${stampText(iso)} (${local} in ${timeZone})`;
}

/** `1 November 2026`. */
export function dayText(iso: string, timeZone = 'UTC'): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'long', year: 'numeric' }).format(new Date(iso));
}

/** The first twelve characters; the whole digest belongs into a title beside it. */
export function shortDigest(hex: string): string {
  return hex.length > 12 ? `${hex.slice(0, 12)}…` : hex;
}

/** `1 file`, `2 files`, `1,442 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** `database`, `database and documents`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

const OPENERS = /^(?:The|There|A|An|After|At|Every|Everything|In|It|No|None|Not|Nothing|One|Only|Some|Something|This|These|Two)(?= )/;

/** A sentence of the catalogue as it reads after a colon: names keep their capital. */
export function afterColon(sentence: string): string {
  return sentence.replace(OPENERS, word => word.toLowerCase());
}

/** At most so many characters; what was cut off stands in full elsewhere. */
export function clipped(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

/** A sentence with its stamps in words: `… is of 22 November 2026, 18:32:07 UTC.` */
export function withStamps(sentence: string): string {
  return sentence.replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, iso => (Number.isNaN(Date.parse(iso)) ? iso : stampText(iso)));
}

/** An expected or observed value in words. `null` is said with `absent`, never as a dash or a zero. */
export function valueText(value: number | boolean | string | null, unit: string | null, absent: string): string {
  if (value === null) return absent;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return ISO.test(value) ? withStamps(value) : value;
  return unit === null ? value.toLocaleString('en-US') : `${value.toLocaleString('en-US')} ${value === 1 ? singular(unit) : unit}`;
}

/** Units of findings are said in the plural. */
function singular(unit: string): string {
  if (unit.endsWith('ies')) return `${unit.slice(0, -3)}y`;
  return unit.replace(/(?<=x|ss|ch|sh)es$|(?<!s)s$/, '');
}

const MONTHS = 'January|February|March|April|May|June|July|August|September|October|November|December';
const TIED = new RegExp(`(\\d) (?=(?:h|min|s|d|ms|bytes?|[KMGTP]iB|UTC|${MONTHS})\\b|%|×)`, 'g');

/** Keeps a number and its unit, a day and its month on one line. */
export function together(text: string): string {
  return text.replaceAll(TIED, '$1\u00A0');
}
