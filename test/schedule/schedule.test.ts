import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { next, occurrencesBetween, stateOf, type Schedule } from '../../src/schedule/schedule.ts';

const weekly: Schedule = { plan: 'lakeside-ehr', kind: 'drill', cron: '0 2 * * SUN', timezone: 'America/Chicago', graceMs: 6 * 3_600_000 };

function dueBetween(schedule: Partial<Schedule>, from: string, to: string): readonly string[] {
  return occurrencesBetween({ ...weekly, ...schedule }, new Date(from), new Date(to)).map(({ dueAt }) => dueAt);
}

test('an occurrence has an id to the second and a moment from which it is late', () => {
  const [first] = occurrencesBetween(weekly, new Date('2026-11-01T06:00:00Z'), new Date('2026-11-02T00:00:00Z'));

  expect(first).toEqual({
    id: 'lakeside-ehr/drill@2026-11-01T08:00:00Z',
    dueAt: '2026-11-01T08:00:00.000Z',
    lateAfter: '2026-11-01T14:00:00.000Z',
  });
});

describe('the changes of the clocks', () => {
  test('in Chicago move the instant and not the wall time', () => {
    expect(dueBetween({}, '2026-10-24T00:00:00Z', '2026-11-09T00:00:00Z')).toEqual([
      '2026-10-25T07:00:00.000Z',
      '2026-11-01T08:00:00.000Z',
      '2026-11-08T08:00:00.000Z',
    ]);
  });

  test('in Chicago in spring put a wall time that does not exist after the gap', () => {
    expect(dueBetween({}, '2027-03-07T00:00:00Z', '2027-03-22T00:00:00Z')).toEqual([
      '2027-03-07T08:00:00.000Z',
      '2027-03-14T08:00:00.000Z',
      '2027-03-21T07:00:00.000Z',
    ]);
  });

  test('in Berlin let 02:30 come once on each of the two days', () => {
    const berlin = { cron: '30 2 * * *', timezone: 'Europe/Berlin' };

    const spring = dueBetween(berlin, '2027-03-27T23:00:00Z', '2027-03-29T00:00:00Z');
    const autumn = dueBetween(berlin, '2027-10-30T22:00:00Z', '2027-11-01T00:00:00Z');

    expect(spring).toHaveLength(1);
    expect(Date.parse(spring[0] ?? '')).toBeGreaterThanOrEqual(Date.parse('2027-03-28T01:00:00Z'));
    expect(autumn).toEqual([expect.stringMatching(/^2027-10-31T0[01]:30:00.000Z$/)]);
  });
});

test('what is due every hour goes on through the hour that comes twice', () => {
  const hourly = dueBetween({ cron: '0 * * * *' }, '2026-11-01T05:00:00Z', '2026-11-01T09:00:00Z');

  expect(hourly.map(dueAt => dueAt.slice(11, 16))).toEqual(['05:00', '06:00', '07:00', '08:00']);
});

describe('a period', () => {
  test('holds its beginning and not its end', () => {
    expect(dueBetween({ cron: '0 * * * *' }, '2026-11-10T08:00:00Z', '2026-11-10T10:00:00Z')).toEqual([
      '2026-11-10T08:00:00.000Z',
      '2026-11-10T09:00:00.000Z',
    ]);
  });

  test('that is cut in two has the same occurrences, none twice', () => {
    const start = Date.parse('2026-10-01T00:00:00Z');
    const minute = fc.integer({ min: 0, max: 60 * 24 * 60 }).map(minutes => new Date(start + minutes * 60_000));
    const moments = fc.tuple(minute, minute, minute).map(three => three.sort((a, b) => a.getTime() - b.getTime()));
    fc.assert(
      fc.property(moments, fc.constantFrom('0 2 * * SUN', '30 1 * * *', '0 */6 * * *'), ([from, between, to], cron) => {
        const schedule = { ...weekly, cron };

        const parts = [...occurrencesBetween(schedule, from, between), ...occurrencesBetween(schedule, between, to)];

        expect(parts).toEqual(occurrencesBetween(schedule, from, to));
        expect(new Set(parts.map(({ id }) => id)).size).toBe(parts.length);
      }),
      { numRuns: 15 },
    );
  });

  test('with too many occurrences is refused', () => {
    expect(() => dueBetween({ cron: '* * * * *' }, '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z')).toThrow(RangeError);
  });
});

test('the next occurrence is later than the moment asked about', () => {
  expect(next(weekly, new Date('2026-11-01T08:00:00Z'))?.dueAt).toBe('2026-11-08T08:00:00.000Z');
  expect(next({ ...weekly, cron: '0 0 31 2 *' }, new Date('2026-11-01T08:00:00Z'))).toBeUndefined();
});

test.each([
  ['2026-11-01T07:59:59.999Z', 'waiting'],
  ['2026-11-01T08:00:00.000Z', 'due'],
  ['2026-11-01T14:00:00.000Z', 'due'],
  ['2026-11-01T14:00:00.001Z', 'missed'],
])('at %s nothing done means %s', (now, state) => {
  const occurrence = next(weekly, new Date('2026-10-30T00:00:00Z'));

  expect(occurrence && stateOf(occurrence, new Date(now))).toBe(state);
});
