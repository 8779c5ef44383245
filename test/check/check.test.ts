import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BackupError, type BackupTool, type Listing, type RecoveryPoint } from '../../src/backup/backup.ts';
import { keepFinishedDays } from '../../src/check/finished-days.ts';
import { runBackupCheck, type CheckTools, type ComponentChecked } from '../../src/check.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { openHome } from '../../src/store/home.ts';
import { openLedger, type Ledger } from '../../src/store/ledger.ts';
import { entriesFrom } from '../../src/store/read-entries.ts';
import { keepJobEnd } from '../../src/store/state/job-runs.ts';
import { drainOutbox } from '../../src/store/state/outbox.ts';
import { testState, type TestState } from '../fixtures/state.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-02T00:00:00.000Z');
const at = (hours: number): string => new Date(START + hours * HOUR).toISOString();

const plan = {
  plan: 'ehr',
  client: 'lakeside',
  contract: { rtoMs: 4 * HOUR, rpoMs: 2 * HOUR, rtoStarts: 'disruption', source: 'plan' },
  components: [
    {
      name: 'database',
      backup: {
        ...{ tool: 'fake', job: { everyMs: HOUR, graceMs: HOUR / 2 }, encrypted: 'optional', options: {} },
        size: { atLeastBytes: null, shrink: null, grow: null },
        copies: { atLeast: null, offSite: null, locked: null },
      },
    },
    { name: 'application', backup: null },
  ],
  schedule: { backupCheck: '0 */6 * * *', drill: { cron: '0 2 * * SUN' }, timezone: 'America/Chicago', forbid: [] },
} as unknown as Plan;

const point = (hours: number, rest: Partial<RecoveryPoint> = {}): RecoveryPoint => ({
  ...{ id: `p-${hours}`, tool: 'fake', kind: 'dump', bytes: 1_000, sha256: null, encrypted: false, location: '/srv', lockedUntil: null },
  ...{ needs: null, handle: {}, consistentAt: at(hours), consistentBasis: 'derived', availableAt: at(hours + 0.1) },
  ...rest,
});

describe('a backup check that is kept', () => {
  let test: TestState;
  let folder: string;
  let ledger: Ledger;
  let now = at(0);
  let lists: () => Promise<Listing>;
  const explained: string[] = [];
  beforeEach(async () => {
    test = await testState();
    folder = await mkdtemp('/tmp/rsg-check-');
    const options = { origin: 'x.example/lakeside', timeZone: 'UTC', product: { name: 'resurgam', version: '0' }, now: () => now };
    ledger = await openLedger(await openHome(join(folder, 'home')), 'lakeside', options);
  });
  afterEach(async () => {
    await test[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  function tools(): CheckTools {
    const fake = { name: 'fake', reach: () => ({ paths: [], network: false, secrets: { KEY: { env: 'KEY' } } }), list: () => lists() };
    return {
      backup: new Map([['fake', fake as unknown as BackupTool]]),
      state: test.state,
      worker: 'rack-2',
      secret: () => Promise.resolve('hidden'),
      pseudonym: text => text,
      now: () => now,
      explain: message => void explained.push(message),
    };
  }

  async function check(
    hours: number,
    points: readonly RecoveryPoint[] | Error,
    dueAt: string | null = at(hours),
  ): Promise<ComponentChecked> {
    now = at(hours);
    lists = () => (points instanceof Error ? Promise.reject(points) : Promise.resolve({ points, findings: [], looked: points.length }));
    const { components } = await runBackupCheck({ plan, dueAt, stop: new AbortController().signal }, tools());
    const [only] = components;
    if (only === undefined) throw new Error('nothing was checked');
    return only;
  }

  async function entries(type: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    await drainOutbox(test.state, ledger);
    const found: Readonly<Record<string, unknown>>[] = [];
    for await (const statement of entriesFrom(ledger, 0)) if (statement.type === type) found.push(statement.predicate);
    return found;
  }

  it('counts once when two workers answer the same occurrence', async () => {
    await check(6, [], at(6));
    const { components } = await runBackupCheck({ plan, dueAt: at(6), stop: new AbortController().signal }, tools());
    const again = await check(7, [], null);

    expect(components).toEqual([]);
    expect(again.standing.failedInARow).toBe(2);
  });

  it('is told in the ledger when it did not pass, and when it passes again; not every time', async () => {
    const gone = new BackupError('credentials-refused', 'no', { hint: 'Mend.' });
    const told = [];
    for (const [hours, points] of [
      [1, [point(0.5)]],
      [2, [point(1.5)]],
      [3, []],
      [4, gone],
      [5, []],
      [6, [point(5.5)]],
      [7, [point(6.5)]],
    ] as const) {
      const { check: made, standing, told: isTold } = await check(hours, points);
      told.push([made.outcome, isTold, standing.failedInARow, standing.newest?.id]);
    }

    expect(told).toEqual([
      ['passed', true, 0, 'p-0.5'],
      ['passed', false, 0, 'p-1.5'],
      ['failed', true, 1, 'p-1.5'],
      ['inconclusive', true, 1, 'p-1.5'],
      ['failed', true, 2, 'p-1.5'],
      ['passed', true, 0, 'p-5.5'],
      ['passed', false, 0, 'p-6.5'],
    ]);
    expect((await entries('backup-checked')).map(({ outcome, codes }) => [outcome, codes])).toEqual([
      ['passed', []],
      ['failed', ['select.no-recovery-point']],
      ['inconclusive', ['select.store-unreadable']],
      ['failed', ['select.no-recovery-point']],
      ['passed', []],
    ]);
  });

  it('hears the job, compares sizes, and says whether a point is new', async () => {
    await check(1, [point(0.5)]);
    const again = await check(1.2, [point(0.5)]);
    const place = { client: 'lakeside', plan: 'ehr', component: 'database' };
    const end = { run: 'r', source: 'wrap', state: 'failed', startedAt: at(1.3), endedAt: at(1.4), exitCode: 1 } as const;
    await test.state.of('lakeside', tx => keepJobEnd(tx, place, { ...end, durationMs: 360_000, outputBytes: 0 }));
    const small = await check(1.6, [point(1.4, { bytes: 10 }), point(0.5)]);

    expect(again.standing.newPoint).toBe(false);
    expect(small.standing).toMatchObject({ newPoint: true, job: { failedInARow: 1 } });
    expect(small.check.findings.map(found => `${found.component}: ${found.code}`)).toEqual([
      'database: backup.size-shrunk',
      'database: backup.job-failed',
    ]);
  });

  it('that hits a defect of an adapter is inconclusive, and its text is no evidence', async () => {
    const { check: made } = await check(1, new TypeError('cannot read /srv/jane-doe.dump'));

    expect(made).toMatchObject({ outcome: 'inconclusive', findings: [{ object: 'broke' }] });
    expect(JSON.stringify(await entries('backup-checked'))).not.toContain('jane');
    expect(explained.join()).toContain('jane');
  });

  it('that is stopped says nothing', async () => {
    const stop = AbortSignal.abort();
    lists = () => Promise.resolve({ points: [], findings: [], looked: 0 });

    expect(await runBackupCheck({ plan, dueAt: null, stop }, tools())).toMatchObject({ components: [], stopped: true });
    expect(await entries('backup-checked')).toEqual([]);
  });

  it('gives each finished local day one entry, also a day on which nothing ran, whoever asks how often', async () => {
    const asked = { plan, since: null, worker: 'rack-2' };
    await check(10, [point(9.5)]);
    await check(12, [point(11.5), point(9.5)]);

    const early = await keepFinishedDays(asked, { state: test.state, now: at(24) });
    const both = await Promise.all([1, 2].map(() => keepFinishedDays(asked, { state: test.state, now: at(56) })));
    const later = await keepFinishedDays(asked, { state: test.state, now: at(56) });

    expect(early).toEqual([]);
    expect(both.flat().sort()).toEqual(['2026-11-02', '2026-11-03']);
    expect(later).toEqual([]);
    expect(await entries('backup-day')).toMatchObject([
      { day: '2026-11-02', expected: 4, done: 2, missed: 2, components: [{ component: 'database', points: 2, worstAgeMs: 18.5 * HOUR }] },
      {
        day: '2026-11-03',
        expected: 4,
        done: 0,
        missed: 4,
        components: [{ points: 0, worstAgeMs: 42.5 * HOUR, aboveTargetMs: 24 * HOUR }],
      },
    ]);
  });
});
