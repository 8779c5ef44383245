import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { estimateFull } from '../../src/measurement/sample.ts';
import { leastCountFor, median, nearestRank, spreadOf, upperBound95 } from '../../src/measurement/statistics.ts';
import { sayAge, sayBound, sayHeadroom, sayTime } from '../../src/measurement/wording.ts';
import { limitations, limitationsOf } from '../../src/measurement/limitations.ts';
import { vectors } from './vectors.ts';

describe('worked examples of samples', () => {
  test.each(vectors.samples.filter(example => example.estimate !== undefined))('$id', example => {
    const samples = (example.sizes ?? []).map((size, i) => ({ size, duration: example.seconds?.[i] ?? Number.NaN }));

    const found = estimateFull(samples, example.full ?? 0);

    expect(found).toEqual({
      estimated: {
        fixed: expect.closeTo(example.a ?? 0, 9) as number,
        perSize: expect.closeTo(example.b ?? 0, 9) as number,
        estimate: expect.closeTo(example.estimate ?? 0, 9) as number,
        upper: expect.closeTo(example.upper ?? 0, 9) as number,
      },
    });
  });

  test('MX-29 is refused: more than 4 times the largest sample', () => {
    const samples = [10, 20, 40].map((size, i) => ({ size, duration: [130, 230, 430][i] ?? 0 }));

    const found = estimateFull(samples, 161);

    expect(found).toEqual({ refused: 'the full size is more than 4 times the largest sample' });
  });

  test.each([
    [[10, 20, 20], 'an estimate needs 3 different sizes, there are 2'],
    [[10, 12, 19], 'the largest sample is less than twice the smallest'],
  ])('sizes %j are refused', (sizes, refused) => {
    const found = estimateFull(
      sizes.map(size => ({ size, duration: size })),
      20,
    );

    expect(found).toEqual({ refused });
  });

  test('MX-30: 0 bad of 500 are at most 0.6 %', () => {
    const bound = upperBound95(0, 500);

    expect(bound).toBeCloseTo(0.005974, 6);
    expect(sayBound(bound)).toBe('0.6 %');
  });

  test('the upper value is never below the estimate', () => {
    const sample = fc.record({ size: fc.integer({ min: 1, max: 1000 }), duration: fc.integer({ min: 1, max: 100_000 }) });

    fc.assert(
      fc.property(fc.array(sample, { minLength: 3, maxLength: 10 }), fc.integer({ min: 1, max: 4000 }), (samples, full) => {
        const found = estimateFull(samples, full);

        expect('refused' in found || found.estimated.estimate < 0 || found.estimated.upper >= found.estimated.estimate).toBe(true);
      }),
    );
  });
});

describe('the bound on the share of failures', () => {
  test.each(vectors.upperBound95)('of $k in $n is $bound', ({ n, k, bound }) => {
    const found = upperBound95(k, n);

    expect(found).toBeCloseTo(bound, 4);
  });

  test('falls with more drills and rises with more failures', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.nat(20), (n, k) => {
        fc.pre(k < n);
        const bound = upperBound95(k, n);

        expect(upperBound95(k, n + 1)).toBeLessThan(bound);
        expect(upperBound95(k + 1, n)).toBeGreaterThan(bound);
        expect(bound).toBeGreaterThan(k / n);
      }),
    );
  });

  test('nothing tried says nothing, and more bad than tried is refused', () => {
    expect(upperBound95(0, 0)).toBe(1);
    expect(() => upperBound95(2, 1)).toThrow(RangeError);
  });
});

describe('percentiles', () => {
  test('need 59, 29 and 14 values', () => {
    const least = [0.95, 0.9, 0.8].map(leastCountFor);

    expect(least).toEqual([59, 29, 14]);
  });

  test('are those by nearest rank', () => {
    const values = Array.from({ length: 20 }, (_, i) => 20 - i);

    const found = [0.05, 0.5, 0.95, 1].map(q => nearestRank(values, q));

    expect(found).toEqual([1, 10, 19, 20]);
  });

  test('are left out where the values are too few', () => {
    const few = spreadOf(Array.from({ length: 13 }, (_, i) => i));
    const more = spreadOf(Array.from({ length: 30 }, (_, i) => i));

    expect(few).toEqual({ n: 13, minimum: 0, median: 6, maximum: 12, percentiles: {} });
    expect(Object.keys(more?.percentiles ?? {})).toEqual(['p80', 'p90']);
    expect(spreadOf([])).toBeUndefined();
  });

  test('a median lies between the smallest and the largest value', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), values => {
        const middle = median(values);

        expect(middle).toBeGreaterThanOrEqual(Math.min(...values));
        expect(middle).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });
});

describe('wording', () => {
  test.each([
    [4_361_000, '1 h 12 min 41 s'],
    [4_360_001, '1 h 12 min 41 s'],
    [14_400_000, '4 h'],
    [600_000, '10 min'],
    [1, '1 s'],
    [0, '0 s'],
    [172_800_000, '2 d'],
    [172_799_000, '47 h 59 min 59 s'],
  ])('%i ms of time are %s', (ms, said) => {
    expect(sayTime(ms)).toBe(said);
  });

  test.each([
    [4_260_000, '1 h 11 min'],
    [4_200_001, '1 h 11 min'],
    [0, '0 min'],
  ])('an age of %i ms is %s', (ms, said) => {
    expect(sayAge(ms)).toBe(said);
  });

  test.each([
    [0.572153, '57.2 %'],
    [0.1875, '18.7 %'],
    [0.3, '30.0 %'],
    [0, '0.0 %'],
    [-7e-8, '−0.1 %'],
  ])('headroom %f is %s', (ratio, said) => {
    expect(sayHeadroom(ratio)).toBe(said);
  });

  test.each([
    [0.95, '95.0 %'],
    [0.5271, '52.8 %'],
    [0.0495, '5.0 %'],
  ])('a bound of %f is %s', (bound, said) => {
    expect(sayBound(bound)).toBe(said);
  });

  test('a time is never said shorter than it was', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), ms => {
        const [, d = '0', h = '0', min = '0', s = '0'] =
          /^(?:(\d+) d ?)?(?:(\d+) h ?)?(?:(\d+) min ?)?(?:(\d+) s)?$/.exec(sayTime(ms)) ?? [];

        const said = (((Number(d) * 24 + Number(h)) * 60 + Number(min)) * 60 + Number(s)) * 1000;

        expect(said).toBeGreaterThanOrEqual(ms);
        expect(said - ms).toBeLessThan(1000);
      }),
    );
  });
});

test('the default factor, an unconfirmed age and a plan without workflow are said as limitations', () => {
  const said = limitationsOf({
    factor: 1,
    allowanceMs: 0,
    requiredWorkflows: 0,
    sampled: false,
    pickIsLatest: true,
    confirmedByData: false,
    ageBasis: 'derived',
    clockStepMs: 0,
  });

  expect(said).toEqual([
    limitations['hardware-equal'],
    limitations['no-workflow'],
    limitations['not-confirmed-by-data'],
    limitations['redirection-not-tested'],
    limitations['keys-not-tested'],
    limitations['contention-not-tested'],
  ]);
});
