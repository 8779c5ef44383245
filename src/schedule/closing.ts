import { isWithin, parseWindow, type Window } from '../plan/window.ts';

const MINUTE_MS = 60_000;
/** Windows are looked for in steps of a quarter of an hour: what is open or closed for less is not seen. */
const STEP_MS = 15 * MINUTE_MS;
/** Windows repeat weekly: what is closed for longer never opens. */
const LONGEST_MS = 8 * 86_400_000;

/** When no drill may begin: weekly windows on the wall clock, and stretches that were approved one by one. */
export interface Closing {
  readonly timezone: string;
  /** `MON-FRI 07:00-19:00` */
  readonly forbid: readonly string[];
  readonly blackouts: readonly Blackout[];
}

/** An approved maintenance window. Both ISO with an offset; the end is not in it. */
export interface Blackout {
  readonly start: string;
  readonly end: string;
}

/** Answers for one plan. Pure; instants are epoch milliseconds. */
export class Closed {
  readonly #timezone: string;
  readonly #windows: readonly Window[];
  readonly #blackouts: readonly { readonly from: number; readonly to: number }[];

  constructor({ timezone, forbid, blackouts }: Closing) {
    this.#timezone = timezone;
    this.#windows = forbid.map(parseWindow).filter(window => window !== undefined);
    this.#blackouts = blackouts.map(({ start, end }) => ({ from: Date.parse(start), to: Date.parse(end) }));
  }

  /** Nothing is ever closed. */
  get never(): boolean {
    return this.#windows.length + this.#blackouts.length === 0;
  }

  at(ms: number): boolean {
    return this.#blackout(ms) !== undefined || this.#inWindow(ms);
  }

  /** This instant if it is open, else the end of the stretch; undefined if it never opens. */
  opensAt(ms: number): number | undefined {
    let at = ms;
    for (let closedFrom = ms; at - closedFrom <= LONGEST_MS;) {
      const blackout = this.#blackout(at);
      if (blackout !== undefined) at = closedFrom = blackout.to;
      else if (this.#inWindow(at)) at = this.#windowEnd(at);
      else return at;
    }
    return undefined;
  }

  /** The beginning of the next closed stretch if it lies before `until`. `ms` itself is open. */
  closesAt(ms: number, until: number): number | undefined {
    const blackout = Math.min(until, ...this.#blackouts.map(({ from }) => from).filter(from => from > ms));
    for (let at = ms; this.#windows.length > 0 && at < blackout; at += STEP_MS) {
      const next = Math.min(at + STEP_MS, blackout);
      if (this.#inWindow(next)) return this.#firstMinute(at, next, true);
    }
    return blackout < until ? blackout : undefined;
  }

  /** How far back a closed stretch may begin that ends at this instant or later; this instant if nothing is closed before it. */
  reachesBack(ms: number): number {
    if (this.never || !this.at(ms - 1)) return ms;
    return Math.min(ms, ...this.#blackouts.filter(({ from, to }) => from < ms && to >= ms).map(({ from }) => from)) - LONGEST_MS;
  }

  #windowEnd(ms: number): number {
    const next = ms + STEP_MS;
    return this.#inWindow(next) ? next : this.#firstMinute(ms, next, false);
  }

  /** The first minute after `from`, up to `to`, that is inside or outside of the windows. */
  #firstMinute(from: number, to: number, inside: boolean): number {
    for (let at = from + MINUTE_MS; at < to; at += MINUTE_MS) if (this.#inWindow(at) === inside) return at;
    return to;
  }

  #inWindow(ms: number): boolean {
    return this.#windows.some(window => isWithin(window, new Date(ms), this.#timezone));
  }

  #blackout(ms: number): { readonly to: number } | undefined {
    return this.#blackouts.find(({ from, to }) => ms >= from && ms < to);
  }
}
