import type { FindingCode, Outcome } from '../finding/finding.ts';

/** Clocks of two machines are taken to agree within this (measurement.md, section 7). */
export const SKEW_MS = 5_000;

/** What is known of the newest time stamp that came back. Times are ISO stamps. */
export interface FreshnessTerms {
  /** `null`: no row, or the query did not run. */
  readonly newest: string | null;
  /** The source is sure to write at least that often. `null`: it is not. */
  readonly everyMs: number | null;
  /** `null`: the backup does not say. */
  readonly consistentAt: string | null;
  readonly failureInstant: string;
  /** What source facts of the same snapshot hold. */
  readonly sourceNewest?: string | null;
  /** What the last accepted drill read, and of which moment its point was. */
  readonly before?: { readonly newest: string; readonly consistentAt: string | null };
}

/** One finding about freshness, before it is given its place. */
export interface Freshness {
  readonly code: FindingCode;
  readonly outcome: Outcome;
  /** The moment that decided, `null` if there is none. */
  readonly expected: string | null;
}

/**
 * What the newest time stamp says about the recovery point: the checks of measurement.md, section 7, in its order, and one more. Data that
 * are older than what an *earlier* point held come from another place or another time than they pretend (failure modes A16, A18, P13).
 */
export function judgeFreshness(terms: FreshnessTerms): Freshness {
  if (terms.newest === null) return { code: 'freshness.no-answer', outcome: 'inconclusive', expected: null };
  const newestMs = Date.parse(terms.newest);
  const pointMs = terms.consistentAt === null ? null : Date.parse(terms.consistentAt);
  if (terms.everyMs !== null && pointMs !== null) {
    const limitMs = pointMs - terms.everyMs - SKEW_MS;
    if (newestMs < limitMs) return failed('freshness.data-older-than-point', new Date(limitMs).toISOString());
  }
  const { sourceNewest, before } = terms;
  if (typeof sourceNewest === 'string' && newestMs < Date.parse(sourceNewest)) return failed('freshness.newest-row-missing', sourceNewest);
  if (newestMs > Date.parse(terms.failureInstant) + SKEW_MS) {
    return { code: 'freshness.clock-disagrees', outcome: 'inconclusive', expected: terms.failureInstant };
  }
  if (before !== undefined && isNewerPoint(pointMs, before.consistentAt) && newestMs < Date.parse(before.newest)) {
    return failed('freshness.went-backwards', before.newest);
  }
  return { code: 'freshness.ok', outcome: 'passed', expected: null };
}

function failed(code: FindingCode, expected: string): Freshness {
  return { code, outcome: 'failed', expected };
}

/** Without both moments nothing says that the point is newer, so that nothing can have gone backwards. */
function isNewerPoint(pointMs: number | null, before: string | null): boolean {
  return pointMs !== null && before !== null && pointMs > Date.parse(before);
}
