import type { Statement } from './statement.ts';

/** Nobody may read silence as success: it is printed as "not heard from". */
export interface Silence {
  readonly from: string;
  readonly to: string;
}

const MISSED_HEARTBEATS = 3;
const LONGEST_UNANCHORED_MS = 48 * 60 * 60 * 1000;

/** What a reader must be told although nothing is wrong with the ledger (evidence.md, sections 7, 8 and 11). */
export class Silences {
  readonly found: Silence[] = [];
  #intervalMs: number | undefined;
  #first = '';
  #last = '';
  #anchoredAt: string | undefined;

  take({ type, predicate }: Statement): void {
    const { at, intervalMs } = predicate;
    if (this.#first === '') this.#first = at;
    if (this.#intervalMs !== undefined && span(this.#last, at) > MISSED_HEARTBEATS * this.#intervalMs) {
      this.found.push({ from: this.#last, to: at });
    }
    if (type === 'heartbeat' && typeof intervalMs === 'number') this.#intervalMs = intervalMs;
    if (type === 'checkpoint-anchored') this.#anchoredAt = at;
    this.#last = at;
  }

  /** From when on a rewrite by the signer would stay unseen; undefined if an anchor is younger than two days. */
  notAnchoredSince(): string | undefined {
    if (this.#anchoredAt === undefined) return this.#first;
    return span(this.#anchoredAt, this.#last) > LONGEST_UNANCHORED_MS ? this.#anchoredAt : undefined;
  }
}

function span(from: string, to: string): number {
  return Date.parse(to) - Date.parse(from);
}
