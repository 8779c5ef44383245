import { createHash } from 'node:crypto';
import type { Pick as PickRule } from '../plan/plan.ts';
import type { RecoveryPoint } from './backup.ts';

type Dated = Pick<RecoveryPoint, 'id' | 'consistentAt' | 'availableAt'>;

/** When the simulated loss happens, and the recorded seed that makes a random choice repeatable. */
export interface Moment {
  readonly failureInstant: string;
  readonly seed: string;
}

/**
 * The recovery point that this drill uses, or undefined if there is none. A point that was not in place at the failure instant does not
 * count (measurement.md, section 7, MX-17). `{ at }` takes the newest point whose data are not later than that moment.
 */
export function choosePoint<T extends Dated>(points: readonly T[], pick: PickRule, moment: Moment): T | undefined {
  const there = newestFirst(inPlace(points, moment.failureInstant));
  if (pick === 'latest') return there[0];
  if (pick === 'oldest') return there.at(-1);
  if (pick === 'random') return there[seededIndex(moment.seed, there.length)];
  const at = Date.parse(pick.at);
  return there.find(point => orderedAt(point) <= at);
}

/** Those that could have been used at that moment. */
export function inPlace<T extends Dated>(points: readonly T[], failureInstant: string): readonly T[] {
  const limit = Date.parse(failureInstant);
  return points.filter(point => Date.parse(point.availableAt) <= limit);
}

/** Newest data first; equal moments in the order of their ids, so that every run sees one order. */
export function newestFirst<T extends Dated>(points: readonly T[]): readonly T[] {
  return [...points].sort(
    (a, b) => orderedAt(b) - orderedAt(a) || Date.parse(b.availableAt) - Date.parse(a.availableAt) || (a.id < b.id ? -1 : 1),
  );
}

/** When its data are of, in milliseconds. A point that does not say its moment is put where it became available: good enough to order by, never to measure with. */
export function orderedAt(point: Dated): number {
  return Date.parse(point.consistentAt ?? point.availableAt);
}

/** Uniform in `[0, size)`: 48 bits of SHA-256 over the seed; the bias is below one in a hundred million for a million points. */
function seededIndex(seed: string, size: number): number {
  const bits = createHash('sha256').update(`recovery-point/${seed}`).digest().readUIntBE(0, 6);
  return Math.floor((bits / 2 ** 48) * size);
}
