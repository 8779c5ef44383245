import type { Basis } from './measurement.ts';

const WEAKER = ['measured', 'derived', 'declared', 'estimated', 'not-tested'] as const satisfies readonly Basis[];

/**
 * The basis of a figure that was computed from others: the weakest among them, and `declared` together with anything else gives
 * `estimated` (measurement.md, section 2). Of nothing: `not-tested`.
 */
export function weakestBasis(bases: readonly Basis[]): Basis {
  const kinds = new Set(bases);
  const weakest = WEAKER.findLast(basis => kinds.has(basis)) ?? 'not-tested';
  return weakest === 'declared' && kinds.size > 1 ? 'estimated' : weakest;
}
