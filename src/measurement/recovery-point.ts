import type { Pick } from '../plan/plan.ts';
import type { Finding } from '../finding/finding.ts';
import type { Measurement } from './measurement.ts';

/** What is known of one component's recovery point at the failure instant. Times are ISO stamps. */
export interface AgedPoint {
  readonly component: string;
  readonly consistentAt: string | null;
  /** How `consistentAt` is known; a moment that a name or a plan declares gives a declared age. */
  readonly consistentBasis: 'derived' | 'declared' | 'not-tested';
  /** What the `newest` probe read; undefined if it was not asked. `everyMs`: the source is sure to write at least that often. */
  readonly newest: { readonly at: string | null; readonly everyMs: number | null } | undefined;
  /** What was found about freshness, of this component. */
  readonly freshness: readonly FoundFreshness[];
  /** Source facts of the same snapshot hold the newest row, and it came back. */
  readonly newestMatchesSource?: boolean;
}

export type FoundFreshness = { readonly code: Finding['code']; readonly outcome: Finding['outcome'] };

/** The age of the recovered data, with what it rests on. */
export interface RecoveryPointAge {
  readonly age: Measurement;
  /** The component that it is the age of: the oldest one of the system. */
  readonly component: string | null;
  readonly confirmedByData: boolean;
  /** `false`: reported, but not held against the objective. */
  readonly judged: boolean;
  /** Largest minus smallest `consistentAt` of the system; `null` if one is unknown. */
  readonly spreadMs: number | null;
}

/**
 * The judged age of one component at the failure instant (measurement.md, section 7, table "which one is judged"): by a heartbeat the age
 * of the data themselves, else the age that the catalogue gives. Business rows alone never count: at night nobody writes.
 */
export function componentAge(point: AgedPoint, failureInstant: string): { readonly age: Measurement; readonly confirmedByData: boolean } {
  const doubt = point.freshness.find(
    found => found.code.startsWith('freshness.') && (found.outcome === 'failed' || found.outcome === 'inconclusive'),
  );
  if (doubt !== undefined) return { age: untested(`the age is in doubt (${doubt.code})`), confirmedByData: false };
  const instantMs = Date.parse(failureInstant);
  const { newest } = point;
  if (typeof newest?.at === 'string' && newest.everyMs !== null) {
    return { age: { basis: 'measured', ms: Math.max(0, instantMs - Date.parse(newest.at)) }, confirmedByData: true };
  }
  if (point.consistentAt === null || point.consistentBasis === 'not-tested') {
    return { age: untested('the backup does not say as of when its data are'), confirmedByData: false };
  }
  const ms = Math.max(0, instantMs - Date.parse(point.consistentAt));
  return { age: { basis: point.consistentBasis, ms }, confirmedByData: point.newestMatchesSource === true };
}

/**
 * The age of the system: the largest over its components (section 7). With another `pick` than `latest` it is reported, not judged. One
 * component of unknown age makes the whole unknown: it may be the oldest.
 */
export function measureRecoveryPointAge(points: readonly AgedPoint[], failureInstant: string, pick: Pick): RecoveryPointAge {
  const judged = pick === 'latest';
  const spreadMs = consistencySpread(points);
  const ages = points.map(point => ({ component: point.component, ...componentAge(point, failureInstant) }));
  const unknown = ages.find(one => one.age.ms === null);
  if (unknown !== undefined) return { age: unknown.age, component: unknown.component, confirmedByData: false, judged: false, spreadMs };
  const oldest = [...ages].sort((a, b) => (b.age.ms ?? 0) - (a.age.ms ?? 0))[0];
  if (oldest === undefined) {
    return { age: untested('no recovery point was used'), component: null, confirmedByData: false, judged: false, spreadMs };
  }
  return { age: oldest.age, component: oldest.component, confirmedByData: ages.every(one => one.confirmedByData), judged, spreadMs };
}

/** How far apart the moments of the components are (section 7). */
export function consistencySpread(points: readonly { readonly consistentAt: string | null }[]): number | null {
  const moments = points.map(point => (point.consistentAt === null ? Number.NaN : Date.parse(point.consistentAt)));
  if (moments.length === 0 || moments.some(Number.isNaN)) return null;
  return Math.max(...moments) - Math.min(...moments);
}

function untested(because: string): Measurement {
  return { basis: 'not-tested', ms: null, because };
}
