import { describe, expect, it } from 'vitest';
import { resolveLocal, resolveOffsets, type ZoneFacts } from '../../../src/backup/dump-files/created.ts';
import { timeInName } from '../../../src/backup/dump-files/name-time.ts';

const local = (text: string) => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/\D/).map(Number);
  return { year, month, day, hour, minute, second };
};
const facts = (finished: string, rest: Partial<ZoneFacts> = {}): ZoneFacts => ({
  finishedMs: Date.parse(finished),
  bytes: 10_000_000,
  declaredZone: null,
  ownZone: 'UTC',
  ...rest,
});

describe('the clock of the machine that dumped, which names no zone', () => {
  it.each([
    ['in UTC, short before the file', '2026-11-01 08:00:00', facts('2026-11-01T08:05:00Z'), '2026-11-01T08:00:00.000Z', 'derived'],
    ['of another zone than ours', '2026-11-01 02:00:00', facts('2026-11-01T08:05:00Z'), '2026-11-01T08:00:00.000Z', 'derived'],
    ['east of us', '2026-11-01 13:30:00', facts('2026-11-01T08:05:00Z'), '2026-11-01T08:00:00.000Z', 'derived'],
    [
      'of our own zone',
      '2026-11-01 02:00:00',
      facts('2026-11-01T08:10:00Z', { ownZone: 'America/Chicago' }),
      '2026-11-01T08:00:00.000Z',
      'derived',
    ],
    [
      'of a dump that took an hour and a half',
      '2026-11-01 08:00:00',
      facts('2026-11-01T09:30:00Z', { bytes: 6e9 }),
      '2026-11-01T08:00:00.000Z',
      'derived',
    ],
    ['of a file stored again two days later', '2026-11-01 08:00:00', facts('2026-11-03T09:30:00Z'), '2026-11-01T08:00:00.000Z', 'declared'],
    [
      'of a zone that the plan names',
      '2026-07-01 10:00:00',
      facts('2026-07-03T00:00:00Z', { declaredZone: 'Europe/Berlin' }),
      '2026-07-01T08:00:00.000Z',
      'declared',
    ],
    ['that equals the file date', '2026-11-01 08:00:00', facts('2026-11-01T08:00:00Z'), '2026-11-01T08:00:00.000Z', 'derived'],
  ] as const)('is a moment: %s', (...[, text, given, at, basis]) => {
    expect(resolveLocal(local(text), given)).toEqual({ at, basis });
  });

  it('in the hour that comes twice is the later one that fits', () => {
    const zone = { declaredZone: 'Europe/Berlin' };

    expect(resolveLocal(local('2026-10-25 02:30:00'), facts('2026-10-25T02:00:00Z', zone)).at).toBe('2026-10-25T01:30:00.000Z');
    expect(resolveLocal(local('2026-10-25 02:30:00'), facts('2026-10-25T00:40:00Z', zone)).at).toBe('2026-10-25T00:30:00.000Z');
  });

  it('with an abbreviation that two countries share is the moment that fits the file', () => {
    const finished = Date.parse('2026-11-01T08:05:00Z');

    expect(resolveOffsets(local('2026-11-01 02:00:00'), [-360, 480], finished).at).toBe('2026-11-01T08:00:00.000Z');
    expect(resolveOffsets(local('2026-11-01 16:00:00'), [-360, 480], finished).at).toBe('2026-11-01T08:00:00.000Z');
  });
});

describe('a time in a file name', () => {
  it.each([
    ['ehr-20261101-0200.sql', '2026-11-01 02:00:00', null],
    ['ehr_2026-11-01_02-00-30.sql.gz', '2026-11-01 02:00:30', null],
    ['ehr-2026-11-01T02:00:00Z.dump', '2026-11-01 02:00:00', 0],
    ['ehr-20261101T020000+0130.dump', '2026-11-01 02:00:00', 90],
    ['20261101020000', '2026-11-01 02:00:00', null],
    ['daily/2026.11.01 02h00.sql', '2026-11-01 02:00:00', null],
  ])('is read from %s', (name, text, offset) => {
    expect(timeInName(name)).toEqual({ local: local(text), offset });
  });

  it.each(['ehr-20261101.sql', 'ehr-2026-11-01.dump', 'patient-20261399-0200', 'v15.18', 'ehr-20261101-2500.sql', '12320261101020000456'])(
    'is not read into %s',
    name => {
      expect(timeInName(name)).toBeUndefined();
    },
  );
});
