import { describe, expect, test } from 'vitest';
import { judgeRto } from '../../src/measurement/objective.ts';
import { isHeadroomLow, measureRecoveryTime, project } from '../../src/measurement/recovery-time.ts';
import { conclude } from '../../src/probe/verdict.ts';

/** A system that came back right in every respect, so many milliseconds after the clock started. */
function drilled(
  usableMs: number,
  rtoMs: number,
): { readonly verdict: string; readonly reasons: readonly string[]; readonly low: boolean } {
  const recoveryTime = measureRecoveryTime({ startedMs: 0, usableMs, waitedUntilMs: null, rtoMs });
  const allowance = { detectMs: 0, decideMs: 0 };
  const projection = project(recoveryTime, { rtoStarts: 'declaration', allowance, factor: 1, rtoMs });
  const { result: rto } = judgeRto({ recoveryTime, projection, rtoMs, sampled: false });
  const known = { rto, rpo: 'met', destroyedVerified: true, declaredNotTested: { rto: false, rpo: false } } as const;
  const concluded = conclude({ ...known, findings: [{ code: 'restore.log-replayed', outcome: 'passed', required: true }] });
  return { ...concluded, low: isHeadroomLow(projection?.headroom ?? 0) };
}

const MET = { verdict: 'passed', reasons: [] };

/** Nothing is wrong with what comes back, and no question to it can tell: only the clock of the drill does, and before it is too late the headroom. */
describe('a recovery that is right and too late misses its objective, after its headroom was low', () => {
  test.each([
    // Measured over one base backup with 15, 23 and 31 segments of log.
    { mode: 'W26: no new base backup is taken, and the log to be replayed grows', rto: 4_000, fits: [1_600, 3_000], late: [3_600, 5_100] },
    { mode: 'X09: the data grow every week', rto: 60_000, fits: [40_000, 44_000], late: [50_000, 61_000] },
    { mode: 'X08: the storage to restore from is slow', rto: 3_600_000, fits: [], late: [3_000_000, 15 * 3_600_000] },
  ])('$mode', ({ rto, fits, late: [low = 0, tooLate = 0] }) => {
    const told = [...fits, low, tooLate].map(ms => drilled(ms, rto));
    const missed = { verdict: 'objective-missed', reasons: ['objective.rto-missed'], low: true };

    expect(told).toEqual([...fits.map(() => ({ ...MET, low: false })), { ...MET, low: true }, missed]);
  });
});
