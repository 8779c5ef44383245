import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { weakestBasis } from '../../src/measurement/basis.ts';
import type { Basis } from '../../src/measurement/measurement.ts';
import { judgeRto } from '../../src/measurement/objective.ts';
import {
  allowanceMs,
  headroomOf,
  isHeadroomLow,
  measureRecoveryTime,
  project,
  ratioText,
  recordableRecoveryTime,
} from '../../src/measurement/recovery-time.ts';
import { vectors } from './vectors.ts';

describe('worked examples of recovery time and objective', () => {
  test.each(vectors.recoveryTime)('$id', example => {
    const rtoMs = example.rtoSeconds * 1000;
    const recoveryTime = measureRecoveryTime({
      startedMs: 500,
      usableMs: 500 + example.recoveryTimeSeconds * 1000,
      waitedUntilMs: null,
      rtoMs,
    });
    const allowance = { detectMs: example.detectSeconds * 1000, decideMs: example.decideSeconds * 1000 };

    const projection = project(recoveryTime, { rtoStarts: 'disruption', allowance, factor: example.factor, rtoMs });
    const rto = judgeRto({ recoveryTime, projection, rtoMs, sampled: false });

    expect(projection?.ms).toBe(Math.round(example.projectionSeconds * 1000));
    expect(projection?.headroom).toBeCloseTo(example.headroom, 6);
    expect(projection?.basis).toBe('estimated');
    expect({ result: rto.result, by: rto.by }).toEqual({ result: example.result, by: example.by });
  });

  test('MX-01 has a headroom of 0.5722 and MX-04 one below zero in the record', () => {
    const texts = vectors.recoveryTime.map(example => ratioText(headroomOf(example.projectionSeconds, example.rtoSeconds)));

    expect(texts).toEqual(['0.5722', '-0.0625', '0.0000', '-0.0001', '0.4207', '0.1875']);
  });

  test('MX-06 meets the objective and is a headroom signal, 20 % exactly is none', () => {
    const low = [0.1875, 0.2, 0.5722].map(isHeadroomLow);

    expect(low).toEqual([true, false, false]);
  });
});

test('which allowances count follows from where the contract starts the clock', () => {
  const allowance = { detectMs: 600_000, decideMs: 1_200_000 };

  const counted = (['disruption', 'detection', 'declaration'] as const).map(starts => allowanceMs(starts, allowance));

  expect(counted).toEqual([1_800_000, 1_200_000, 0]);
});

test('a system that never became usable has no recovery time', () => {
  const measured = measureRecoveryTime({ startedMs: 0, usableMs: null, waitedUntilMs: 5_000, rtoMs: 10_000 });

  expect(measured).toEqual({ basis: 'not-tested', ms: null, because: 'the system did not become usable' });
});

test('a clock that passed the objective while waiting says by how much at least, and the objective is missed', () => {
  const recoveryTime = measureRecoveryTime({ startedMs: 0, usableMs: null, waitedUntilMs: 12_000, rtoMs: 10_000 });

  const rto = judgeRto({ recoveryTime, projection: null, rtoMs: 10_000, sampled: false });

  expect(recoveryTime).toMatchObject({ ms: null, atLeastMs: 12_000 });
  expect(rto).toEqual({ result: 'missed', by: 'measured', because: null });
});

test('a sampled drill has no result for the recovery time, whatever it took', () => {
  const rto = judgeRto({ recoveryTime: { basis: 'measured', ms: 99_000 }, projection: null, rtoMs: 10_000, sampled: true });

  expect(rto).toEqual({ result: 'not-tested', by: null, because: 'only a sample was restored' });
});

test.each(['failed', 'inconclusive'] as const)('a drill that ended %s prints no recovery time', verdict => {
  const recorded = recordableRecoveryTime(verdict, { basis: 'measured', ms: 1_000 });

  expect(recorded).toEqual({ basis: 'not-tested', ms: null, because: `the drill ended ${verdict}` });
});

test.each(['passed', 'objective-missed'] as const)('a drill that ended %s keeps its recovery time', verdict => {
  const recorded = recordableRecoveryTime(verdict, { basis: 'measured', ms: 1_000 });

  expect(recorded).toEqual({ basis: 'measured', ms: 1_000 });
});

describe('the basis of a computed figure', () => {
  test.each<[Basis[], Basis]>([
    [['measured'], 'measured'],
    [['measured', 'derived'], 'derived'],
    [['declared'], 'declared'],
    [['declared', 'declared'], 'declared'],
    [['declared', 'measured'], 'estimated'],
    [['declared', 'derived'], 'estimated'],
    [['estimated', 'measured'], 'estimated'],
    [['declared', 'not-tested'], 'not-tested'],
    [[], 'not-tested'],
  ])('of %j is %s', (bases, expected) => {
    const basis = weakestBasis(bases);

    expect(basis).toBe(expected);
  });

  test('does not depend on the order, nor on how often a basis occurs', () => {
    const anyBasis = fc.constantFrom<Basis>('measured', 'derived', 'declared', 'estimated', 'not-tested');

    fc.assert(
      fc.property(fc.array(anyBasis), bases => {
        expect(weakestBasis([...bases].reverse())).toBe(weakestBasis(bases));
        expect(weakestBasis([...bases, ...bases])).toBe(weakestBasis(bases));
      }),
    );
  });
});

test('a longer recovery, a larger factor and larger allowances never shorten the projection', () => {
  const whole = fc.integer({ min: 0, max: 10 ** 9 });

  fc.assert(
    fc.property(
      fc.record({ ms: whole, more: whole, detectMs: whole, factor: fc.double({ min: 0.1, max: 10, noNaN: true }) }),
      ({ ms, more, detectMs, factor }) => {
        const terms = { rtoStarts: 'disruption', allowance: { detectMs, decideMs: 0 }, factor, rtoMs: 14_400_000 } as const;
        const base = project({ basis: 'measured', ms }, terms);
        const longer = project({ basis: 'measured', ms: ms + more }, terms);
        const slower = project({ basis: 'measured', ms }, { ...terms, factor: factor + 1 });

        expect(longer?.ms).toBeGreaterThanOrEqual(base?.ms ?? Infinity);
        expect(slower?.ms).toBeGreaterThanOrEqual(base?.ms ?? Infinity);
        expect(Number.isInteger(base?.ms)).toBe(true);
      },
    ),
  );
});

test('a ratio in a record has four decimals and keeps its sign', () => {
  fc.assert(
    fc.property(fc.double({ min: -100, max: 1, noNaN: true }), ratio => {
      const text = ratioText(ratio);

      expect(text).toMatch(/^-?\d+\.\d{4}$/);
      expect(Number(text) < 0).toBe(ratio < 0);
      expect(Math.abs(Number(text) - ratio)).toBeLessThanOrEqual(0.000_100_1);
    }),
  );
});
