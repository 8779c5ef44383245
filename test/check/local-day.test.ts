import { describe, expect, it } from 'vitest';
import { dayAfter, localDayAt, localDayOf } from '../../src/check/local-day.ts';

describe('a local day', () => {
  it.each([
    ['Chicago, clocks go back', '2026-11-01T12:00:00.000Z', 'America/Chicago', '2026-11-01', '2026-11-01T05:00:00.000Z', 25],
    ['Chicago, clocks go forward', '2026-03-08T12:00:00.000Z', 'America/Chicago', '2026-03-08', '2026-03-08T06:00:00.000Z', 23],
    ['Berlin, its first moment', '2026-11-21T23:00:00.000Z', 'Europe/Berlin', '2026-11-22', '2026-11-21T23:00:00.000Z', 24],
    ['Berlin, the moment before', '2026-11-21T22:59:59.999Z', 'Europe/Berlin', '2026-11-21', '2026-11-20T23:00:00.000Z', 24],
    ['UTC', '2026-11-22T12:00:00.000Z', 'UTC', '2026-11-22', '2026-11-22T00:00:00.000Z', 24],
    ['Kiritimati, 14 hours ahead', '2026-11-22T12:00:00.000Z', 'Pacific/Kiritimati', '2026-11-23', '2026-11-22T10:00:00.000Z', 24],
    ['Beirut, where midnight itself is left out', '2026-03-29T12:00:00.000Z', 'Asia/Beirut', '2026-03-29', '2026-03-28T22:00:00.000Z', 23],
  ] as const)('%s', (...row) => {
    const [, at, zone, day, from, hours] = row;
    const found = localDayAt(at, zone);

    expect(found).toMatchObject({ day, from });
    expect((Date.parse(found.to) - Date.parse(found.from)) / 3_600_000).toBe(hours);
    expect(localDayOf(day, zone)).toEqual(found);
  });

  it('follows the one before without a gap, through a whole year', () => {
    let day = localDayOf('2026-01-01', 'America/Chicago');
    const names = new Set<string>();
    for (let count = 0; count < 365; count += 1) {
      const after = dayAfter(day, 'America/Chicago');
      expect(after.from).toBe(day.to);
      names.add(day.day);
      day = after;
    }

    expect(names.size).toBe(365);
    expect(day.day).toBe('2027-01-01');
  });
});
