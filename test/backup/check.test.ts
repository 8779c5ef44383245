import { describe, expect, it } from 'vitest';
import type { RecoveryPoint } from '../../src/backup/backup.ts';
import { checkHistory, checkListing } from '../../src/backup/check.ts';
import type { BackupSection } from '../../src/plan/plan.ts';

const HOUR = 3_600_000;
const NOW = '2026-11-02T00:00:00.000Z';
const before = (hours: number): string => new Date(Date.parse(NOW) - hours * HOUR).toISOString();

function point(id: string, hours: number, rest: Partial<RecoveryPoint> = {}): RecoveryPoint {
  const base = {
    tool: 'pg-dump',
    kind: 'dump',
    bytes: 1_000_000,
    sha256: null,
    encrypted: false,
    location: '/srv',
    lockedUntil: null,
    needs: null,
    handle: {},
  } as const;
  return { ...base, id, consistentAt: before(hours), consistentBasis: 'derived', availableAt: before(hours - 0.1), ...rest };
}

function section(rest: Partial<BackupSection> = {}): BackupSection {
  return {
    tool: 'pg-dump',
    job: { everyMs: 24 * HOUR, graceMs: HOUR },
    size: { atLeastBytes: null, shrink: null, grow: null },
    copies: { atLeast: null, offSite: null, locked: null },
    encrypted: 'optional',
    options: {},
    ...rest,
  };
}

const codes = (points: readonly RecoveryPoint[], rest: Partial<BackupSection> = {}, now = NOW): readonly string[] =>
  checkListing({ points, section: section(rest), now }).map(
    found => `${found.code} ${found.outcome}${found.required ? '' : ' (not required)'}`,
  );

const LIMITS = { atLeastBytes: null, shrink: null, grow: null };

describe('the look at a backup store', () => {
  it('says nothing about a store that is as it should be, nor about an empty one', () => {
    expect(codes([point('a', 2), point('b', 26), point('c', 50)])).toEqual([]);
    expect(codes([])).toEqual([]);
  });

  it('calls a store stale when the job broke its promise, one second too late and not earlier', () => {
    const a = point('a', 25);

    expect(codes([a])).toEqual([]);
    expect(codes([a], {}, '2026-11-02T00:00:01.000Z')).toEqual(['backup.stale failed (not required)']);
    expect(codes([point('a', 1_000, { availableAt: before(990) })], { job: null })).toEqual([]);
  });

  it('sees an old dump in a new file', () => {
    expect(codes([point('a', 40, { availableAt: before(1) })])).toContain('backup.redated failed (not required)');
  });

  it('cannot tell the age of a backup from the future', () => {
    expect(codes([point('a', -1)])).toEqual(['backup.future-date inconclusive']);
    expect(codes([point('a', 0, { availableAt: '2026-11-02T00:04:00.000Z' })])).toEqual([]);
  });

  it('sees an old backup stored again; it decides only where the dump does not say its own moment', () => {
    const old = point('old', 48, { sha256: 'd' });

    expect(codes([point('new', 1, { sha256: 'd' }), old])).toContain('backup.same-bytes failed (not required)');
    expect(codes([point('new', 1, { sha256: 'd', consistentAt: null, consistentBasis: 'not-tested' }), old])).toContain(
      'backup.same-bytes failed',
    );
  });

  it('takes a copy made right after the original for a copy', () => {
    expect(codes([point('latest', 1, { sha256: 'd' }), point('original', 1.2, { sha256: 'd' })])).toEqual([]);
  });

  it.each([
    { what: 'half and less', bytes: 499_999, size: LIMITS, expected: ['backup.size-shrunk failed (not required)'] },
    { what: 'just half', bytes: 500_000, size: LIMITS, expected: [] },
    { what: 'three times and more', bytes: 3_000_001, size: LIMITS, expected: ['backup.size-grown failed (not required)'] },
    { what: 'less than the plan allows', bytes: 799_999, size: { ...LIMITS, shrink: 0.2 }, expected: ['backup.size-shrunk failed'] },
    { what: 'more than the plan allows', bytes: 1_200_001, size: { ...LIMITS, grow: 0.2 }, expected: ['backup.size-grown failed'] },
    {
      what: 'less than the least of the plan',
      bytes: 899_999,
      size: { ...LIMITS, atLeastBytes: 900_000 },
      expected: ['backup.too-small failed'],
    },
  ])('judges a size of $what', ({ bytes, size, expected }) => {
    expect(codes([point('a', 1, { bytes }), point('b', 25), point('c', 49)], { size })).toEqual(expected);
  });

  it('compares with what earlier drills saw, and says nothing twice', () => {
    const small = point('a', 1, { bytes: 10 });
    const listing = (said: readonly string[]) => ({
      points: [small],
      looked: 1,
      findings: said.length === 0 ? [] : checkListing({ points: [small, point('b', 25)], section: section(), now: NOW }),
    });

    expect(checkHistory(small, [1_000, 1_100, 900], { section: section(), listing: listing([]) }).map(found => found.code)).toEqual([
      'backup.size-shrunk',
    ]);
    expect(checkHistory(small, [1_000], { section: section(), listing: listing(['said']) })).toEqual([]);
    expect(checkHistory(small, [], { section: section(), listing: listing([]) })).toEqual([]);
  });

  it('counts the copies that the plan demands', () => {
    expect(codes([point('a', 1)], { copies: { atLeast: 2, offSite: null, locked: null } })).toEqual(['backup.too-few failed']);
    expect(codes([point('a', 1), point('b', 25)], { copies: { atLeast: 2, offSite: null, locked: null } })).toEqual([]);
  });
});
