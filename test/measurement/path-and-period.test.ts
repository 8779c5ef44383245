import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { criticalPath } from '../../src/measurement/critical-path.ts';
import { clockStepMs, waitingPhases } from '../../src/measurement/phases.ts';
import { steadyAge, worstAge } from '../../src/measurement/worst-age.ts';
import type { Phase } from '../../src/measurement/measurement.ts';
import { vectors } from './vectors.ts';

describe('worked examples of the critical path', () => {
  test.each(vectors.criticalPath)('$id', example => {
    const set = vectors.componentSets[example.components] ?? {};
    const components = Object.fromEntries(Object.entries(set).map(([name, one]) => [name, { duration: one.seconds, needs: one.needs }]));

    const path = criticalPath(components, example);

    expect(path.finish).toEqual(example.finish);
    expect(path.total).toBe(example.total);
    // The examples give the slack only where the table prints it; with a limit there is none to give.
    if (example.slack !== null) expect(path.slack).toEqual(example.slack);
    if (example.parallel !== null) expect(path.slack).toBeNull();
  });

  test('names the components without slack, first to last', () => {
    const set = vectors.componentSets['ehr'] ?? {};
    const components = Object.fromEntries(Object.entries(set).map(([name, one]) => [name, { duration: one.seconds, needs: one.needs }]));

    const path = criticalPath(components, { base: 17, workflows: 20, parallel: null });

    expect(path.critical).toEqual(['database', 'application']);
  });

  test('refuses a cycle and a need that names nothing', () => {
    const terms = { base: 0, workflows: 0, parallel: null };

    expect(() => criticalPath({ a: { duration: 1, needs: ['b'] }, b: { duration: 1, needs: ['a'] } }, terms)).toThrow(RangeError);
    expect(() => criticalPath({ a: { duration: 1, needs: ['ghost'] } }, terms)).toThrow('does not exist');
  });

  test('fewer slots never make it faster than any number of slots, and one slot takes the sum', () => {
    const durations = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 7 });

    fc.assert(
      fc.property(durations, fc.integer({ min: 1, max: 4 }), (list, parallel) => {
        const components = Object.fromEntries(list.map((duration, i) => [`c${i}`, { duration, needs: i > 1 ? [`c${i - 2}`] : [] }]));
        const unlimited = criticalPath(components, { base: 5, workflows: 0, parallel: null }).total;
        const limited = criticalPath(components, { base: 5, workflows: 0, parallel }).total;
        const single = criticalPath(components, { base: 5, workflows: 0, parallel: 1 }).total;

        expect(limited).toBeGreaterThanOrEqual(unlimited);
        expect(single).toBe(5 + list.reduce((sum, one) => sum + one, 0));
      }),
    );
  });
});

describe('worked examples of the worst age', () => {
  test.each(vectors.worstAge)('$id', example => {
    const points = example.pointsMinutes.map(([consistentAt, availableAt]) => ({ consistentAt, availableAt }));

    const found = worstAge(points, { from: example.fromMinute, to: example.toMinute, rpo: example.rpoMinutes });

    expect(found).toMatchObject({
      worst: example.worstMinutes,
      isLowerBound: example.worstIsLowerBound,
      timeAbove: example.timeAboveMinutes,
      noPointTime: example.noPointMinutes,
    });
  });

  test('shares of the period are those of the table', () => {
    const shares = vectors.worstAge.map(example => {
      const points = example.pointsMinutes.map(([consistentAt, availableAt]) => ({ consistentAt, availableAt }));
      return worstAge(points, { from: example.fromMinute, to: example.toMinute, rpo: example.rpoMinutes }).share.toFixed(4);
    });

    expect(shares).toEqual(['0.2500', '0.3750', '0.5135', '0.7750', '1.0000']);
  });

  test('the order of the points does not matter, and one point more never makes it worse', () => {
    const anyPoint = fc
      .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 60 }))
      .map(([c, d]) => ({ consistentAt: c, availableAt: c + d }));
    const period = { from: 100, to: 400, rpo: 60 };

    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 12 }), anyPoint, (points, more) => {
        const found = worstAge(points, period);

        expect(worstAge([...points].reverse(), period)).toEqual(found);
        expect(worstAge([...points, more], period).timeAbove).toBeLessThanOrEqual(found.timeAbove);
        expect(found.timeAbove).toBeLessThanOrEqual(300);
      }),
    );
  });

  test('a minute-by-minute count gives the same time above the objective', () => {
    const anyPoint = fc
      .tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 60 }))
      .map(([c, d]) => ({ consistentAt: c, availableAt: c + d }));

    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 8 }), points => {
        const found = worstAge(points, { from: 0, to: 200, rpo: 60 });
        let minutes = 0;
        for (let t = 0; t < 200; t += 1) {
          const best = Math.max(...points.filter(one => one.availableAt <= t).map(one => one.consistentAt));
          if (t - best >= 60) minutes += 1;
        }

        expect(found.timeAbove).toBe(minutes);
      }),
    );
  });
});

describe('worked examples of a steady schedule', () => {
  test.each(vectors.steady)('$id', example => {
    const { intervalMinutes: interval, durationMinutes: duration, copyMinutes: copy, rpoMinutes: rpo } = example;

    const age = steadyAge({ interval, duration, copy, rpo });

    expect(age).toEqual({ best: example.best, mean: example.mean, worst: example.worst, shareAbove: example.shareAbove });
  });
});

describe('phases', () => {
  const phase = (name: Phase['phase'], startMs: number, durationMs: number): Phase => ({
    component: null,
    phase: name,
    startMs,
    durationMs,
    attempts: 1,
  });

  test('a gap of more than a second is recorded as waiting', () => {
    const waiting = waitingPhases([phase('select', 0, 100), phase('provision', 3_100, 900), phase('restore', 4_000, 1_000)], 5_000);

    expect(waiting).toEqual([phase('waiting', 100, 3_000)]);
  });

  test('gaps of a second together are bookkeeping', () => {
    const waiting = waitingPhases([phase('select', 0, 100), phase('restore', 600, 4_400)], 5_500);

    expect(waiting).toEqual([]);
  });

  test('components restored side by side are not counted twice, and destruction is not waited for', () => {
    const waiting = waitingPhases([phase('fetch', 0, 4_000), phase('fetch', 0, 5_000), phase('destroy', 5_000, 9_000)], 5_000);

    expect(waiting).toEqual([]);
  });
});

test('a wall clock that moved by more than a second against the monotonic one is told, less is not', () => {
  const readings = { wallStartMs: 0, monotonicStartMs: 50, monotonicEndMs: 10_050 };

  const steps = [10_000, 11_000, 11_001, 4_000].map(wallEndMs => clockStepMs({ ...readings, wallEndMs }));

  expect(steps).toEqual([0, 0, 1_001, -6_000]);
});
