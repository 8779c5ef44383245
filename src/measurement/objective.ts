import type { Measurement, ObjectiveResult } from './measurement.ts';
import type { Projection } from './recovery-time.ts';
import type { RecoveryPointAge } from './recovery-point.ts';

export interface RtoResult {
  readonly result: ObjectiveResult;
  /** A missed objective says by what: the recovery time alone, or only with the allowances and the factor. */
  readonly by: 'measured' | 'projected' | null;
  /** Why it was not tested, else `null`. */
  readonly because: string | null;
}

export interface RpoResult {
  readonly result: ObjectiveResult;
  readonly because: string | null;
}

export interface RtoTerms {
  readonly recoveryTime: Measurement;
  readonly projection: Projection | null;
  readonly rtoMs: number;
  /** From a sampled or partial restore no result follows (measurement.md, section 6). */
  readonly sampled: boolean;
}

/** How the recovery stands to its time objective (section 9). Equal to the objective is met. */
export function judgeRto({ recoveryTime, projection, rtoMs, sampled }: RtoTerms): RtoResult {
  if (sampled) return { result: 'not-tested', by: null, because: 'only a sample was restored' };
  if (recoveryTime.basis === 'not-tested') {
    // The clock passed the objective before the system was usable: that is known, though by how much is not.
    const passed = recoveryTime.atLeastMs !== undefined && recoveryTime.atLeastMs > rtoMs;
    return passed ? { result: 'missed', by: 'measured', because: null } : { result: 'not-tested', by: null, because: recoveryTime.because };
  }
  if (recoveryTime.ms > rtoMs) return { result: 'missed', by: 'measured', because: null };
  if (projection !== null && projection.ms > rtoMs) return { result: 'missed', by: 'projected', because: null };
  return { result: 'met', by: null, because: null };
}

/** How the age of the recovered data stands to its objective (section 9). */
export function judgeRpo(measured: RecoveryPointAge, rpoMs: number): RpoResult {
  if (measured.age.basis === 'not-tested') return { result: 'not-tested', because: measured.age.because };
  if (!measured.judged) return { result: 'not-tested', because: 'the plan picks another recovery point than the latest' };
  return { result: measured.age.ms > rpoMs ? 'missed' : 'met', because: null };
}
