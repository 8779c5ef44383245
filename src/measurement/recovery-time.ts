import type { Contract, Plan } from '../plan/plan.ts';
import type { Verdict } from '../probe/verdict.ts';
import { weakestBasis } from './basis.ts';
import type { Basis, Measurement } from './measurement.ts';

/** Readings of one monotonic clock, in milliseconds; only their differences mean something. */
export interface RecoveryClock {
  readonly startedMs: number;
  /** When the last required workflow passed (without workflows: the last required probe). `null`: the system never became usable. */
  readonly usableMs: number | null;
  /** Without `usableMs`: until when it was hoped for. `null`: it was known before that it would not come. */
  readonly waitedUntilMs: number | null;
  readonly rtoMs: number;
}

/**
 * From clock start to usable, in whole milliseconds, measured (measurement.md, section 4). Without a usable system there is no figure;
 * if the clock passed the objective while waiting, `atLeastMs` says by how much at least.
 */
export function measureRecoveryTime(clock: RecoveryClock): Measurement {
  if (clock.usableMs !== null) return { basis: 'measured', ms: Math.round(clock.usableMs - clock.startedMs) };
  const waitedMs = clock.waitedUntilMs === null ? 0 : Math.floor(clock.waitedUntilMs - clock.startedMs);
  const because = 'the system did not become usable';
  return waitedMs > clock.rtoMs
    ? { basis: 'not-tested', ms: null, because, atLeastMs: waitedMs }
    : { basis: 'not-tested', ms: null, because };
}

/** What may be recorded and printed once the verdict is known: a failed or inconclusive drill has no recovery time (section 4). */
export function recordableRecoveryTime(verdict: Verdict, measured: Measurement): Measurement {
  if (measured.basis === 'not-tested' || verdict === 'passed' || verdict === 'objective-missed') return measured;
  return { basis: 'not-tested', ms: null, because: `the drill ended ${verdict}` };
}

/** Milliseconds that people need before the recovery begins, as far as the contract counts them (section 4). */
export function allowanceMs(rtoStarts: Contract['rtoStarts'], allowance: Plan['allowance']): number {
  switch (rtoStarts) {
    case 'disruption':
      return allowance.detectMs + allowance.decideMs;
    case 'detection':
      return allowance.decideMs;
    case 'declaration':
      return 0;
  }
}

export interface ProjectionTerms {
  readonly rtoStarts: Contract['rtoStarts'];
  readonly allowance: Plan['allowance'];
  /** Declared ratio of production to sandbox speed; 1 takes them as equal, which is a limitation. */
  readonly factor: number;
  readonly rtoMs: number;
  /** `measured` once a paging exercise replaced the declared allowance. */
  readonly allowanceBasis?: Extract<Basis, 'declared' | 'measured'>;
}

/** Recovery time on the production side, with what people need before it. */
export interface Projection {
  readonly basis: Exclude<Basis, 'not-tested'>;
  readonly ms: number;
  /** The part of each allowance that counts under this contract: the rest is 0. */
  readonly detectMs: number;
  readonly decideMs: number;
  readonly factor: number;
  /** `1 − projection / rto`; negative when the objective is missed. */
  readonly headroom: number;
}

/** `allowance + factor × recoveryTime`, in whole milliseconds (section 4). `null` without a recovery time. */
export function project(recoveryTime: Measurement, terms: ProjectionTerms): Projection | null {
  if (recoveryTime.ms === null) return null;
  const { rtoStarts, allowance, factor, rtoMs, allowanceBasis = 'declared' } = terms;
  const ms = Math.round(allowanceMs(rtoStarts, allowance) + factor * recoveryTime.ms);
  // A factor of 1 is a declaration like any other: the production side itself was not measured.
  const basis = weakestBasis([recoveryTime.basis, allowanceBasis, 'declared']) as Projection['basis'];
  return {
    basis,
    ms,
    detectMs: rtoStarts === 'disruption' ? allowance.detectMs : 0,
    decideMs: rtoStarts === 'declaration' ? 0 : allowance.decideMs,
    factor,
    headroom: headroomOf(ms, rtoMs),
  };
}

/** The unused share of an objective: `1 − used / objective` (section 4). */
export function headroomOf(usedMs: number, objectiveMs: number): number {
  return (objectiveMs - usedMs) / objectiveMs;
}

/** Below 20 % it is a signal, not a miss (sections 9 and drift.md, section 3). */
export function isHeadroomLow(headroom: number): boolean {
  return headroom < 0.2;
}

/**
 * Four decimals, as records hold ratios. To the nearest, but what is below zero stays below zero: a miss by a millisecond never reads
 * as exactly met (MX-04).
 */
export function ratioText(ratio: number): string {
  const text = ratio.toFixed(4);
  if (Number(text) !== 0) return text;
  return ratio < 0 ? '-0.0001' : '0.0000';
}

/** Two decimals, as records hold the factor. */
export function factorText(factor: number): string {
  return factor.toFixed(2);
}
