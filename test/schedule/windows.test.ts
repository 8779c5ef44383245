import { describe, expect, test } from 'vitest';
import { next, occurrencesBetween, type Schedule } from '../../src/schedule/schedule.ts';

const nightly: Schedule = {
  plan: 'lakeside-ehr',
  kind: 'drill',
  cron: '0 2 * * *',
  timezone: 'America/Chicago',
  graceMs: 6 * 3_600_000,
};

function said(schedule: Partial<Schedule>, from: string, to: string): readonly string[] {
  return occurrencesBetween({ ...nightly, ...schedule }, new Date(from), new Date(to)).map(
    ({ dueAt, lateAfter }) => `${dueAt.slice(0, 16)}–${lateAfter.slice(11, 16)}`,
  );
}

describe('a drill that falls into a window', () => {
  test('is due when the window ends', () => {
    expect(said({ forbid: ['SUN 01:00-04:00'] }, '2026-11-07T06:00:00Z', '2026-11-09T06:00:00Z')).toEqual([
      '2026-11-07T08:00–14:00',
      '2026-11-08T10:00–16:00',
    ]);
  });

  test('is due once, however many fell into it', () => {
    expect(said({ cron: '0 * * * *', forbid: ['DAILY 07:00-19:00'] }, '2026-11-10T12:00:00Z', '2026-11-11T02:30:00Z')).toEqual([
      '2026-11-10T12:00–13:00',
      '2026-11-11T01:00–07:00',
      '2026-11-11T02:00–08:00',
    ]);
  });

  test('is found by whoever asks only about the window’s end', () => {
    expect(said({ forbid: ['SAT-SUN 00:00-24:00'] }, '2026-11-09T06:00:00Z', '2026-11-09T07:00:00Z')).toEqual(['2026-11-09T06:00–12:00']);
  });

  test('may begin until the next window begins, and no longer', () => {
    expect(said({ cron: '0 6 * * MON', forbid: ['MON-FRI 07:00-19:00'] }, '2026-11-09T00:00:00Z', '2026-11-10T00:00:00Z')).toEqual([
      '2026-11-09T12:00–13:00',
    ]);
  });

  test('is due after a window that the clocks make longer or shorter', () => {
    const forbid = ['SUN 01:00-04:00'];

    expect(said({ forbid }, '2026-11-01T06:00:00Z', '2026-11-02T06:00:00Z')).toEqual(['2026-11-01T10:00–16:00']);
    expect(said({ forbid }, '2027-03-14T06:00:00Z', '2027-03-15T05:00:00Z')).toEqual(['2027-03-14T09:00–15:00']);
    expect(said({ forbid, timezone: 'Europe/Berlin' }, '2027-03-27T23:00:00Z', '2027-03-28T22:00:00Z')).toEqual(['2027-03-28T02:00–08:00']);
    expect(said({ forbid, timezone: 'Europe/Berlin' }, '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z')).toEqual(['2026-10-25T03:00–09:00']);
  });

  test('never comes if nothing is ever open', () => {
    expect(next({ ...nightly, cron: '0 2 1 1 *', forbid: ['DAILY 00:00-24:00'] }, new Date('2026-11-01T00:00:00Z'))).toBeUndefined();
  });
});

test('a drill in an approved maintenance window is due when that ends', () => {
  const blackouts = [{ start: '2026-11-07T00:00:00-06:00', end: '2026-11-20T12:00:00-06:00' }];

  expect(said({ blackouts }, '2026-11-06T00:00:00Z', '2026-11-22T00:00:00Z')).toEqual([
    '2026-11-06T08:00–14:00',
    '2026-11-20T18:00–00:00',
    '2026-11-21T08:00–14:00',
  ]);
});

test('a cadence has a rule that a person can read', () => {
  const cadence = { client: 'lakeside', everyMs: 86_400_000 };

  expect(said({ cron: '@every 1d', cadence }, '2026-11-02T00:00:00Z', '2026-11-05T00:00:00Z')).toHaveLength(3);
});
