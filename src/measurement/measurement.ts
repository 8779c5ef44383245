/** Where a figure comes from (measurement.md, section 2). A report never prints a figure without it. */
export type Basis = 'measured' | 'derived' | 'declared' | 'estimated' | 'not-tested';

/** A figure in whole milliseconds with its basis; without a value it says why. */
export type Measurement =
  | { readonly basis: Exclude<Basis, 'not-tested'>; readonly ms: number }
  | { readonly basis: 'not-tested'; readonly ms: null; readonly because: string; readonly atLeastMs?: number };

export type { ObjectiveResult } from '../probe/verdict.ts';

export type PhaseName = 'select' | 'provision' | 'fetch' | 'restore' | 'runbook' | 'start' | 'workflows' | 'probes' | 'destroy' | 'waiting';

/** One phase of a drill: offset from the clock start and duration, both by the monotonic clock. */
export interface Phase {
  readonly component: string | null;
  readonly phase: PhaseName;
  readonly startMs: number;
  readonly durationMs: number;
  readonly attempts: number;
}
