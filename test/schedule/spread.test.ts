import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freeMinutes, longestClosed } from '../../src/plan/free-minutes.ts';
import { isWithin, parseWindow } from '../../src/plan/window.ts';
import { patternOf, spreadFrom, type Cadence } from '../../src/schedule/spread.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const OFFICE = ['MON-FRI 07:00-19:00'];
const plan: Cadence = { client: 'lakeside', plan: 'lakeside-ehr', everyMs: 7 * DAY, timezone: 'America/Chicago', forbid: OFFICE };

function duesOf(cadence: Cadence, from: string, days: number): readonly number[] {
  const pattern = patternOf(cadence);
  const dues: number[] = [];
  const end = Date.parse(from) + days * DAY;
  for (const due of pattern === undefined ? [] : spreadFrom(pattern, Date.parse(from))) {
    if (due >= end) break;
    dues.push(due);
  }
  return dues;
}

const cadences = fc.record({
  client: fc.constantFrom('lakeside', 'riverside'),
  plan: fc.stringMatching(/^[a-z0-9]{1,12}$/),
  everyMs: fc.constantFrom(13, 20, 24, 30, 48, 77, 100, 144, 168, 200, 336, 720).map(hours => hours * HOUR),
  timezone: fc.constantFrom('America/Chicago', 'Europe/Berlin', 'UTC', 'Australia/Lord_Howe'),
  forbid: fc.constantFrom([], OFFICE, ['DAILY 22:00-06:00'], ['SAT 20:00-02:00', 'WED 00:00-09:00'], ['MON-SUN 09:00-17:30']),
});

/** What the lint lets through: the windows are never closed for as long as the cadence. */
function isKept({ timezone, forbid, everyMs }: Cadence): boolean {
  return everyMs > longestClosed(freeMinutes(timezone, forbid)) * 60_000;
}

describe('a cadence', () => {
  test('is never longer than promised and never meets a window, through both changes of the clocks', () => {
    fc.assert(
      fc.property(cadences.filter(isKept), fc.constantFrom('2027-03-01T00:00:00Z', '2026-10-15T00:00:00Z'), (cadence, from) => {
        const dues = duesOf(cadence, from, 75);
        const windows = cadence.forbid.map(parseWindow).filter(window => window !== undefined);

        expect(dues.length).toBeGreaterThan(1);
        expect((dues[0] ?? 0) - Date.parse(from)).toBeLessThanOrEqual(cadence.everyMs);
        for (const [index, due] of dues.slice(1).entries()) expect(due - (dues[index] ?? 0)).toBeLessThanOrEqual(cadence.everyMs);
        for (const due of dues) expect(windows.some(window => isWithin(window, new Date(due), cadence.timezone))).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test('is the same whenever it is asked about', () => {
    const all = duesOf(plan, '2026-11-01T00:00:00Z', 60);

    expect(duesOf(plan, '2026-11-20T00:00:00Z', 41)).toEqual(all.filter(due => due >= Date.parse('2026-11-20T00:00:00Z')));
  });

  test('of weekdays that are closed altogether keeps to the weekend', () => {
    const dues = duesOf({ ...plan, everyMs: 6 * DAY, forbid: ['MON-FRI 00:00-24:00'] }, '2026-11-01T00:00:00Z', 28);

    expect(dues.length).toBeGreaterThan(4);
    expect(dues.length).toBeLessThan(10);
  });

  test('has a pattern where the lint lets it through, and nowhere else', () => {
    fc.assert(
      fc.property(cadences, cadence => {
        expect(patternOf(cadence) !== undefined).toBe(isKept(cadence));
      }),
      { numRuns: 40, examples: [[{ ...plan, everyMs: 13 * HOUR }], [{ ...plan, everyMs: 13 * HOUR, timezone: 'UTC' }]] },
    );
  });

  test('that the windows do not leave room for has no pattern', () => {
    expect(patternOf({ ...plan, everyMs: 3 * DAY, forbid: ['MON-FRI 00:00-24:00'] })).toBeUndefined();
    expect(patternOf({ ...plan, forbid: ['DAILY 00:00-24:00'] })).toBeUndefined();
  });
});

describe('two hundred plans', () => {
  const loads = (forbid: readonly string[], everyMs: number, bucketMs: number): readonly number[] => {
    const days = Math.max(1, everyMs / DAY);
    const buckets = new Map<number, number>();
    for (let index = 0; index < 200; index += 1) {
      for (const due of duesOf({ ...plan, plan: `system-${index}`, forbid, everyMs, timezone: 'UTC' }, '2026-11-02T00:00:00Z', days)) {
        const bucket = Math.floor(due / bucketMs);
        buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
      }
    }
    return [...buckets.values()];
  };

  test('once a day put no more than about twice the mean into any hour', () => {
    const hours = loads([], DAY, HOUR);

    expect(hours).toHaveLength(24);
    expect(Math.max(...hours)).toBeLessThanOrEqual((2.1 * 200) / 24);
  });

  test('once a day in twelve hours of the night put no more than about twice the mean into any of them', () => {
    const hours = loads(OFFICE, DAY, HOUR);

    expect(hours).toHaveLength(12);
    expect(Math.max(...hours)).toBeLessThanOrEqual((2.1 * 200) / 12);
  });

  test('once a week are spread over all days', () => {
    const days = loads([], 7 * DAY, DAY);

    expect(days).toHaveLength(7);
    expect(Math.max(...days)).toBeLessThanOrEqual((2 * 200) / 7);
  });
});
