const MINUTE_MS = 60_000;
/** More keys than any installation has: then old ones are forgotten. */
const MOST_KEYS = 100_000;

/** Counts by key within the running minute. In memory: every process counts for itself, and a restart forgets. */
export class Pace {
  readonly #most: number;
  readonly #counts = new Map<string, { minute: number; count: number }>();

  constructor(mostAMinute: number) {
    this.#most = mostAMinute;
  }

  /** Whether one more may come now. */
  admits(key: string, nowMs: number): boolean {
    const minute = Math.floor(nowMs / MINUTE_MS);
    const known = this.#counts.get(key);
    if (known?.minute === minute) {
      known.count += 1;
      return known.count <= this.#most;
    }
    if (this.#counts.size >= MOST_KEYS) this.#counts.clear();
    this.#counts.set(key, { minute, count: 1 });
    return true;
  }
}
