import type { RecoveryPoint } from './backup.ts';
import { newestFirst, orderedAt } from './choose.ts';

type Dated = Pick<RecoveryPoint, 'id' | 'consistentAt' | 'availableAt'>;

/** What must not be newer than what: rows than the files that they refer to, a queue than its database. */
export interface Order {
  readonly earlier: string;
  readonly later: string;
  /** By so much it may be newer all the same. */
  readonly lagMs: number;
}

/** The chosen point of each component; `older`: those of which the newest one does not fit. */
export interface ChosenSet<T> {
  readonly points: ReadonlyMap<string, T>;
  readonly older: readonly string[];
}

/**
 * The newest points that fit together. Each order that is broken takes the earlier side back to its newest point that keeps it, until all
 * hold: the orders only ever ask for older points, so there is exactly one newest set. Undefined if no points of them fit together; a
 * component without a point binds nobody.
 */
export function chooseSet<T extends Dated>(points: ReadonlyMap<string, readonly T[]>, orders: readonly Order[]): ChosenSet<T> | undefined {
  const sorted = new Map([...points].map(([name, all]) => [name, newestFirst(all)] as const));
  const chosen = new Map([...sorted].flatMap(([name, [first]]) => (first === undefined ? [] : [[name, first] as const])));
  for (let changed = true; changed;) {
    changed = false;
    for (const { earlier, later, lagMs } of orders) {
      const [a, b] = [chosen.get(earlier), chosen.get(later)];
      if (a === undefined || b === undefined) continue;
      const limit = orderedAt(b) + lagMs;
      if (orderedAt(a) <= limit) continue;
      const fitting = sorted.get(earlier)?.find(point => orderedAt(point) <= limit);
      if (fitting === undefined) return undefined;
      chosen.set(earlier, fitting);
      changed = true;
    }
  }
  const older = [...chosen].filter(([name, point]) => sorted.get(name)?.[0] !== point).map(([name]) => name);
  return { points: chosen, older };
}
