import { createHash } from 'node:crypto';
import { freeMinutes, WEEK } from '../plan/free-minutes.ts';

/** How often a plan is drilled at least, and when it may not be. */
export interface Cadence {
  readonly client: string;
  readonly plan: string;
  readonly everyMs: number;
  readonly timezone: string;
  /** `MON-FRI 07:00-19:00` */
  readonly forbid: readonly string[];
}

/** Moments that come again and again: minutes of a period that is counted from a fixed Monday, 00:00 UTC. */
export interface Pattern {
  readonly periodMinutes: number;
  readonly minutes: readonly number[];
}

const MINUTE_MS = 60_000;
const DAY = 1440;
/** 5 January 1970 was a Monday. */
const MONDAY = 4 * DAY;
/** Shorter steps that are tried when no phase of the cadence itself stays out of the windows. */
const STEPS = [720, 480, 360, 240, 180, 120, 60];
/** A step whose free phases are fewer minutes than these would bring all plans together. */
const LEAST_FREE = 60;

/**
 * The moments of a plan's drills: never further apart than `everyMs`, never in a window (in summer or in winter: both offsets of the zone
 * are kept free, so that the change of the clocks moves nothing), and chosen by the plan's name alone, so that a fleet is spread evenly
 * and no plan moves when another comes or goes. Pure. Undefined if the windows are closed for so long that the cadence cannot be kept.
 */
export function patternOf(cadence: Cadence): Pattern | undefined {
  const every = Math.floor(cadence.everyMs / MINUTE_MS);
  const { free, open } = weekOf(cadence);
  const share = sharesOf(`${cadence.client}/${cadence.plan}`);
  if (open.length === 0 || every < 1) return undefined;
  if (every >= WEEK) return wholeWeeks(Math.floor(every / WEEK), open, share);
  return evenSteps(every, free, share) ?? hops(every, { free, open, share });
}

interface FreeWeek {
  readonly free: Uint8Array;
  /** The minutes that are. */
  readonly open: readonly number[];
}

/** Most plans of a fleet have the same windows. */
const freeWeeks = new Map<string, FreeWeek>();
const MOST_WEEKS = 1_000;

function weekOf({ timezone, forbid }: Cadence): FreeWeek {
  const key = [timezone, ...forbid].join('\n');
  const known = freeWeeks.get(key);
  if (known !== undefined) return known;
  const free = freeMinutes(timezone, forbid);
  const week = { free, open: [...free.keys()].filter(minute => free[minute] === 1) };
  if (freeWeeks.size >= MOST_WEEKS) freeWeeks.clear();
  freeWeeks.set(key, week);
  return week;
}

/** The pattern's moments from an instant on, in order. Epoch milliseconds, without end. */
export function* spreadFrom({ periodMinutes, minutes }: Pattern, fromMs: number): Generator<number> {
  const from = Math.ceil(fromMs / MINUTE_MS) - MONDAY;
  for (let start = Math.floor(from / periodMinutes) * periodMinutes; ; start += periodMinutes) {
    for (const minute of minutes) if (start + minute >= from) yield (start + minute + MONDAY) * MINUTE_MS;
  }
}

type Share = (index: number) => number;

/** Every few weeks at one minute of the week: each free minute is as good as another. */
function wholeWeeks(weeks: number, open: readonly number[], share: Share): Pattern {
  const minute = open[Math.floor(share(0) * open.length)] ?? 0;
  return { periodMinutes: weeks * WEEK, minutes: [Math.floor(share(1) * weeks) * WEEK + minute] };
}

/** Equal steps, the longest that has phases which never meet a window. */
function evenSteps(every: number, free: Uint8Array, share: Share): Pattern | undefined {
  const days = every >= DAY ? [Math.floor(every / DAY) * DAY] : [];
  for (const step of [every, ...days, ...STEPS.filter(minutes => minutes < every)]) {
    // Steps come round to every minute of the week that is equal to the phase modulo this.
    const turn = greatestCommonDivisor(step, WEEK);
    const phases = Array.from({ length: turn }, (_, phase) => phase).filter(phase => isFree(free, phase, turn));
    if (phases.length < Math.min(turn, LEAST_FREE)) continue;
    const phase = phases[Math.floor(share(0) * phases.length)] ?? 0;
    return { periodMinutes: step, minutes: [phase + turn * Math.floor(share(1) * (step / turn))] };
  }
  return undefined;
}

function isFree(free: Uint8Array, phase: number, turn: number): boolean {
  for (let minute = phase; minute < WEEK; minute += turn) if (free[minute] === 0) return false;
  return true;
}

interface Week {
  readonly free: Uint8Array;
  readonly open: readonly number[];
  readonly share: Share;
}

/** Unequal steps, the same every week: as far as the cadence reaches, or somewhere in the open stretch before the window that is there. */
function hops(every: number, { free, open, share }: Week): Pattern | undefined {
  const first = open[Math.floor(share(0) * open.length)] ?? 0;
  const isOpen = (minute: number): boolean => free[minute % WEEK] === 1;
  const minutes = [first];
  for (let at = first; at + every < first + WEEK; minutes.push(at)) {
    const reach = at + every;
    let last = reach;
    while (last > at && !isOpen(last)) last -= 1;
    let opens = reach;
    while (!isOpen(opens)) opens += 1;
    let earliest = last;
    while (earliest > at + 1 && isOpen(earliest - 1)) earliest -= 1;
    // From there the next one must reach over the window.
    earliest = last === reach ? reach : Math.max(earliest, opens - every);
    if (last === at || earliest > last) return undefined;
    at = earliest + Math.floor(share(minutes.length) * (last - earliest + 1));
  }
  return { periodMinutes: WEEK, minutes: minutes.map(minute => minute % WEEK).sort((a, b) => a - b) };
}

/** As many numbers in [0, 1) as are wanted, always the same for the same text. */
function sharesOf(text: string): Share {
  return index => createHash('sha256').update(`cadence/${index}/${text}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
