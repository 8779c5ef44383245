import { performance } from 'node:perf_hooks';

/** How often a machine says that it is at a drill. */
export const BEAT_MS = 5_000;
/** So long a drill of another machine must be silent before it is lost; several beats, and the time in which a server is started again. */
export const SILENT_MS = 90_000;
/** Whoever did not look for so long was away himself: then nothing of before counts. */
const AWAY_MS = 45_000;

interface Heard {
  readonly beat: number | undefined;
  readonly sinceMs: number;
  readonly lookedMs: number;
}

/**
 * What one process hears of the drills of other machines. Only what it saw itself counts, by its monotonic clock: no clock of another machine is
 * believed, and the time in which PostgreSQL could not be reached makes nobody lost.
 */
export class HeardDrills {
  readonly #heard = new Map<string, Heard>();
  readonly #nowMs: () => number;
  readonly #silentMs: number;

  constructor(nowMs: () => number = () => performance.now(), silentMs = SILENT_MS) {
    this.#nowMs = nowMs;
    this.#silentMs = silentMs;
  }

  /** Takes what is heard now (a number that grows; undefined: nothing at all), and says whether that has been all for too long. */
  isSilent(drill: string, beat: number | undefined): boolean {
    const now = this.#nowMs();
    const last = this.#heard.get(drill);
    const goesOn = last?.beat === beat && last !== undefined && now - last.lookedMs < AWAY_MS;
    const sinceMs = goesOn ? last.sinceMs : now;
    this.#heard.set(drill, { beat, sinceMs, lookedMs: now });
    this.#forgetEnded(now);
    if (now - sinceMs < this.#silentMs) return false;
    this.#heard.delete(drill);
    return true;
  }

  /** Nobody looks at a drill any more that has ended. */
  #forgetEnded(now: number): void {
    for (const [drill, { lookedMs }] of this.#heard) if (now - lookedMs > AWAY_MS) this.#heard.delete(drill);
  }
}
