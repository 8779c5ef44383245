import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concludeCheck, type BackupCheck, type CheckAsked } from '../../src/backup/backup-check.ts';
import type { RecoveryPoint } from '../../src/backup/backup.ts';
import { jobState, type JobRun } from '../../src/backup/job-state.ts';
import { finding } from '../../src/finding/finding.ts';
import type { BackupSection } from '../../src/plan/plan.ts';
import { said } from './pg-dump/dumps.ts';

const HOUR = 3_600_000;
const NOW = '2026-11-02T00:00:00.000Z';
const before = (hours: number): string => new Date(Date.parse(NOW) - hours * HOUR).toISOString();
const COPIES = { atLeast: null, offSite: null, locked: null };
const SIZE = { atLeastBytes: null, shrink: null, grow: null };

function point(id: string, hours: number, rest: Partial<RecoveryPoint> = {}): RecoveryPoint {
  const base = { tool: 'pg-dump', kind: 'dump', bytes: 1_000_000, sha256: null, encrypted: false, needs: null, handle: {} } as const;
  const dates = { consistentAt: before(hours), consistentBasis: 'derived', availableAt: before(hours - 0.1) } as const;
  return { ...base, ...dates, id, location: '/srv', lockedUntil: null, ...rest };
}

function section(rest: Partial<BackupSection> = {}): BackupSection {
  const job = { everyMs: HOUR, graceMs: HOUR / 4 };
  return { tool: 'pg-dump', job, size: SIZE, copies: COPIES, encrypted: 'optional', options: {}, ...rest };
}

interface Given {
  readonly section?: Partial<BackupSection>;
  readonly rpoHours?: number;
  readonly history?: Partial<CheckAsked['history']>;
}

function checked(points: readonly RecoveryPoint[], given: Given = {}): BackupCheck {
  return concludeCheck({
    component: 'database',
    looked: { points, findings: [], looked: points.length },
    section: section(given.section),
    contract: { rpoMs: (given.rpoHours ?? 2) * HOUR },
    now: NOW,
    history: { sizes: [], job: null, ...given.history },
  });
}

const run = (hours: number, state: JobRun['state'], rest: Partial<JobRun> = {}): JobRun => ({
  run: `r-${hours}`,
  source: 'wrap',
  state,
  startedAt: before(hours),
  endedAt: state === 'started' ? null : before(hours - 0.1),
  exitCode: state === 'succeeded' ? 0 : 1,
  durationMs: state === 'started' ? null : 360_000,
  outputBytes: null,
  seenAt: before(hours - 0.1),
  ...rest,
});

describe('a backup check', () => {
  it('passes a store that is as it should be, and says what it saw', () => {
    expect(checked([point('b', 1.5), point('a', 0.5)])).toMatchObject({
      outcome: 'passed',
      findings: [],
      newest: { id: 'a', consistentAt: before(0.5), ageMs: HOUR / 2 },
      points: 2,
      bytes: 1_000_000,
      oldest: before(1.5),
    });
  });

  it('fails an empty store, and cannot tell of one that could not be looked at', () => {
    const asked = { component: 'database', section: section(), contract: { rpoMs: HOUR }, now: NOW, history: { sizes: [], job: null } };
    const unread = concludeCheck({ ...asked, looked: { couldNot: 'credentials-refused' } });

    expect(checked([])).toMatchObject({ outcome: 'failed', newest: null, points: 0, findings: [{ code: 'select.no-recovery-point' }] });
    expect(unread).toMatchObject({ outcome: 'inconclusive', newest: null });
    expect(unread.findings).toMatchObject([{ code: 'select.store-unreadable', object: 'credentials-refused', component: 'database' }]);
  });

  it.each([
    { what: 'as old as the job promises', hours: 1.25, rpoHours: 2, outcome: 'passed', codes: [] },
    { what: 'a second older', hours: 1.2503, rpoHours: 2, outcome: 'failed', codes: ['backup.stale failed'] },
    {
      what: 'older than the RPO but within the grace',
      hours: 1.2,
      rpoHours: 1,
      outcome: 'passed',
      codes: ['backup.older-than-objective failed (not required)'],
    },
    {
      what: 'older than RPO and grace',
      hours: 1.3,
      rpoHours: 1,
      outcome: 'failed',
      codes: ['backup.older-than-objective failed', 'backup.stale failed'],
    },
  ])('judges a newest point that is $what', ({ hours, rpoHours, outcome, codes }) => {
    const check = checked([point('a', hours)], { rpoHours });

    expect(check.outcome).toBe(outcome);
    expect(said(check.findings)).toEqual(codes);
  });

  it('says that it cannot tell the age of a point that says no moment, unless its date alone is too old', () => {
    const dateless = { consistentAt: null, consistentBasis: 'not-tested' } as const;

    const fresh = checked([point('a', 0.5, dateless)]);

    expect(fresh).toMatchObject({ outcome: 'passed', newest: { ageMs: null } });
    expect(fresh.findings).toMatchObject([{ code: 'backup.age-unknown', outcome: 'inconclusive', required: false }]);
    expect(said(checked([point('a', 9, dateless)], { section: { job: null } }).findings)).toEqual(['backup.older-than-objective failed']);
  });

  it('does not call a store stale because a clock is wrong, and believes the newest point with a possible date', () => {
    const check = checked([point('future', -5), point('real', 3)]);

    expect(said(check.findings)).toEqual(['backup.future-date inconclusive']);
    expect(check).toMatchObject({ outcome: 'inconclusive', newest: { id: 'real' } });
  });

  it.each<[string, Partial<BackupSection>, Partial<RecoveryPoint>, readonly string[]]>([
    ['unencrypted where the plan requires it', { encrypted: 'required' }, {}, ['backup.not-encrypted failed']],
    ['encrypted as required', { encrypted: 'required' }, { encrypted: true }, []],
    ['in a folder, which may be anywhere', { copies: { ...COPIES, offSite: 1 } }, {}, ['backup.off-site-unknown inconclusive']],
    ['in a bucket', { copies: { ...COPIES, offSite: 1 } }, { location: 's3://b/ehr' }, []],
    [
      'in a bucket, but too few, as when the job stops before its last step (A21)',
      { copies: { ...COPIES, offSite: 2 } },
      { location: 's3://b' },
      ['backup.off-site-missing failed'],
    ],
    [
      'in an object store of the own network',
      { copies: { ...COPIES, offSite: 1 }, options: { endpoint: 'http://192.168.3.4:9000' } },
      { location: 's3://b' },
      ['backup.off-site-unknown inconclusive'],
    ],
    ['of which no lock is known', { copies: { ...COPIES, locked: 1 } }, {}, ['backup.lock-unknown inconclusive']],
    ['locked', { copies: { ...COPIES, locked: 1 } }, { lockedUntil: '2026-12-01T00:00:00.000Z' }, []],
    ['no longer locked', { copies: { ...COPIES, locked: 1 } }, { lockedUntil: before(1) }, ['backup.not-locked failed']],
    ['fewer than demanded', { copies: { ...COPIES, atLeast: 2 } }, {}, ['backup.too-few failed']],
  ])('judges points that are %s', (...row) => {
    const [, given, of, codes] = row;
    const check = checked([point('a', 0.5, of)], { section: given });

    expect(said(check.findings)).toEqual(codes);
    expect(check.outcome).toBe(codes.length === 0 ? 'passed' : codes.join(' ').includes('failed') ? 'failed' : 'inconclusive');
  });

  it('takes a point that is too small for no point: the one before it is the newest', () => {
    const check = checked([point('cut', 0.2, { bytes: 10 }), point('good', 1)], { section: { size: { ...SIZE, atLeastBytes: 1_000 } } });

    expect(check).toMatchObject({ outcome: 'failed', newest: { id: 'good' }, seen: [{ valid: false }, { valid: true }] });
  });

  it('does not believe the date of an old backup that is stored again and again', () => {
    const again = { sha256: 'd', consistentBasis: 'declared' } as const;
    const check = checked([point('today', 0.5, again), point('yesterday', 24, again), point('first', 240, again)]);

    expect(said(check.findings)).toContain('backup.same-bytes failed');
    expect(check).toMatchObject({ outcome: 'failed', newest: { id: 'first', ageMs: 240 * HOUR } });
  });

  it('compares with the sizes that earlier checks saw', () => {
    const check = checked([point('a', 0.5, { bytes: 100 })], {
      history: { sizes: [1_000, 1_000] },
      section: { size: { ...SIZE, shrink: 0.5 } },
    });

    expect(said(check.findings)).toContain('backup.size-shrunk failed');
  });

  it.each([
    ['that failed decides', [run(0.5, 'failed')], ['backup.job-failed failed'], 'failed'],
    ['that is late is told', [run(2, 'succeeded')], ['backup.job-late failed (not required)'], 'passed'],
    ['that runs for hours is told', [run(4, 'started')], ['backup.job-long failed (not required)'], 'passed'],
  ] as const)('hears the job itself: one %s', (...row) => {
    const [, runs, codes, outcome] = row;
    const job = jobState(runs, section().job, { now: NOW, expectedSince: null });
    const check = checked([point('a', 0.5)], { history: { job } });

    expect(said(check.findings)).toEqual(codes);
    expect(check.outcome).toBe(outcome);
  });

  it('keeps what the adapter found, and what it found decides', () => {
    const cut = finding('backup.truncated', 'failed', { probe: 'backup' });
    const looked = { points: [point('a', 0.5)], findings: [cut], looked: 2 };
    const asked = { component: 'database', section: section(), contract: { rpoMs: 2 * HOUR }, now: NOW, history: { sizes: [], job: null } };

    expect(concludeCheck({ ...asked, looked })).toMatchObject({ outcome: 'failed', newest: { id: 'a' } });
  });

  it('never passes when something required was not passed, nor gives a newest point from the future, whatever lies in the store', () => {
    const points = fc.array(
      fc.record({ hours: fc.double({ min: -48, max: 96, noNaN: true }), bytes: fc.nat(2_000_000), dated: fc.boolean() }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(points, fc.constantFrom(null, 1, 3), (given, atLeast) => {
        const made = given.map(({ hours, bytes, dated }, index) =>
          point(`p-${index}`, hours, { bytes, ...(dated ? {} : { consistentAt: null, consistentBasis: 'not-tested' }) }),
        );
        const check = checked(made, { section: { copies: { ...COPIES, atLeast } } });
        const bad = check.findings.some(found => found.required && found.outcome !== 'passed' && found.outcome !== 'skipped');

        expect(check.outcome === 'passed').toBe(!bad);
        expect(Date.parse(check.newest?.availableAt ?? NOW)).toBeLessThanOrEqual(Date.parse(NOW) + 5 * 60_000);
        expect(check.outcome === 'passed' && check.newest === null).toBe(false);
        expect(check.newest?.ageMs ?? 0).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a job, by what it says of itself', () => {
  const job = { everyMs: HOUR, graceMs: HOUR / 4 };
  const state = (runs: readonly JobRun[], expectedSince: string | null = null) => jobState(runs, job, { now: NOW, expectedSince });

  it.each([
    ['is not watched if it never said that it would report', [], null, []],
    ['has time until its first run', [], before(1.25), []],
    ['was never heard once that time is over', [], before(1.26), ['never-seen']],
    ['is in time', [run(1.2, 'succeeded')], null, []],
    ['is late', [run(1.3, 'succeeded')], null, ['late-start']],
    ['failed once', [run(0.5, 'failed'), run(1.5, 'succeeded')], null, []],
    ['failed twice', [run(0.5, 'failed'), run(1.5, 'failed'), run(2.5, 'succeeded')], null, ['failed-twice']],
    ['was overtaken and failed', [run(0.5, 'failed'), run(1.5, 'started')], null, ['failed-twice']],
    ['runs', [run(0.5, 'started')], null, []],
    ['runs past its next turn', [run(1.1, 'started')], null, ['running-long']],
    [
      'runs three times as long as usual',
      [run(0.31, 'started'), ...[1, 2, 3].map(hours => run(hours, 'succeeded'))],
      null,
      ['running-long'],
    ],
    ['runs a little longer than usual', [run(0.29, 'started'), ...[1, 2, 3].map(hours => run(hours, 'succeeded'))], null, []],
    [
      'runs three times as long, but no longer than its grace',
      [run(0.2, 'started'), ...[1, 2, 3].map(hours => run(hours, 'succeeded', { durationMs: 1_000 }))],
      null,
      [],
    ],
  ] as const)('%s', (...row) => {
    const [, runs, since, conditions] = row;
    expect(state(runs, since).conditions).toEqual(conditions);
  });

  it('counts failures since the last success, whatever the order of the rows', () => {
    const rows = [run(3, 'succeeded'), run(1, 'failed'), run(2, 'failed'), run(0.1, 'started')];

    expect(state(rows)).toMatchObject({ watched: true, failedInARow: 2, conditions: ['failed-twice'], runningMs: HOUR / 10 });
  });
});
