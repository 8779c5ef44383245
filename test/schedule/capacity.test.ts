import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { capacityOf, type PlanLoad, type SiteCapacity } from '../../src/schedule/capacity.ts';
import { occurrenceAt } from '../../src/schedule/occurrence.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-02T00:00:00Z');

function load(plan: string, dueHours: readonly number[], { hours, graceHours = 6 }: { hours: number; graceHours?: number }): PlanLoad {
  const occurrences = dueHours.map(due => occurrenceAt({ plan, kind: 'drill', graceMs: graceHours * HOUR }, new Date(START + due * HOUR)));
  return { plan, site: 'rack-2', occurrences, durationMs: hours * HOUR, basis: 'measured' };
}

function only(loads: readonly PlanLoad[], workers: number, slots = 1): SiteCapacity | undefined {
  return capacityOf(loads, { workers, slots })[0];
}

describe('a fleet', () => {
  const three = ['a', 'b', 'c'].map(plan => load(plan, [2, 26, 50], { hours: 5 }));

  test('that begins all at once needs as many workers as its start windows ask for', () => {
    expect(only(three, 1)).toMatchObject({ fits: false, workersNeeded: 2, late: [{ plan: 'c', drills: 3 }] });
    expect(only(three, 2)).toMatchObject({ fits: true, drills: 9, busyMs: 45 * HOUR, late: [] });
    expect(only(three, 1, 2)).toMatchObject({ fits: true, workersNeeded: 1 });
  });

  test('of which one takes longer than its cadence says which, and that no worker helps', () => {
    const slow = only([...three, load('lakeside-pacs', [0, 24, 48], { hours: 30 })], 3);

    expect(slow).toMatchObject({ fits: true, impossible: [{ plan: 'lakeside-pacs', everyMs: 24 * HOUR, durationMs: 30 * HOUR }] });
  });

  test('is looked at site by site', () => {
    const other = { ...load('d', [2], { hours: 5 }), site: 'other' };

    expect(capacityOf([...three, other], { workers: 1, slots: 1 }).map(({ site, fits }) => [site, fits])).toEqual([
      ['other', true],
      ['rack-2', false],
    ]);
  });

  test('fits with the workers that it is said to need', () => {
    const loads = fc.array(
      fc.record({ dues: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }), hours: fc.integer({ min: 1, max: 20 }) }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(loads, all => {
        const fleet = all.map(({ dues, hours }, index) =>
          load(
            `plan-${index}`,
            dues.sort((a, b) => a - b).map(due => due * 24),
            { hours },
          ),
        );

        const needed = only(fleet, 1)?.workersNeeded ?? 0;

        expect(only(fleet, needed)?.fits).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

test('ten thousand drills are simulated', () => {
  const fleet = Array.from({ length: 60 }, (_, index) =>
    load(
      `plan-${index}`,
      Array.from({ length: 168 }, (_, hour) => hour + (index % 60) / 60),
      { hours: 0.4, graceHours: 1 },
    ),
  );

  expect(only(fleet, 30)).toMatchObject({ drills: 10_080, fits: true, workersNeeded: 24 });
});
