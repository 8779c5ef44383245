import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DrillRecord } from '../../../src/evidence/record.ts';
import { recordDrill } from '../../../src/store/drills.ts';
import { openHome } from '../../../src/store/home.ts';
import { openLedger, type Ledger } from '../../../src/store/ledger.ts';
import { drillRow, indexLedger, keepDrill, keepDrills, lastDrills, type DrillRow } from '../../../src/store/state/drills.ts';
import { countUndelivered, readDueBySite, readOverview } from '../../../src/store/state/overview.ts';
import { keepPlans, listPlans } from '../../../src/store/state/plans.ts';
import { sampleRecord } from '../../evidence/fixtures.ts';
import { drilled } from '../../evidence/scenario.ts';
import { testState, type TestState } from '../../fixtures/state.ts';
import { planned } from '../../status/rows.ts';

let at: TestState;
let folder: string;
beforeEach(async () => {
  at = await testState();
  folder = await mkdtemp(join(tmpdir(), 'resurgam-index-'));
});
afterEach(async () => {
  await at[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

function row(drill: string, seq: number, changes: Partial<DrillRecord> = {}): DrillRow {
  return drillRow(sampleRecord({ drill, ...changes }), seq);
}

async function ledgerWith(...drills: readonly (readonly [drill: string, verdict: DrillRecord['verdict']])[]): Promise<Ledger> {
  const product = { name: 'resurgam', version: '0.1.0' };
  const home = await openHome(join(folder, 'home'));
  const options = { origin: 'x.example/lakeside', timeZone: 'UTC', product, now: () => new Date().toISOString() };
  const ledger = await openLedger(home, 'lakeside', options);
  for (const [drill, verdict] of drills) {
    await ledger.append(drilled({ drill, day: '2026-11-01', hour: '08', verdict: 'passed' })[0].entry);
    await recordDrill(ledger, sampleRecord({ drill, verdict }), { plan: undefined, facts: {}, worker: 'worker-1' });
  }
  return ledger;
}

test('the series says the last drill, the last that could tell and the last that passed, and counts each verdict', async () => {
  const rows = [row('d-1', 2), row('d-2', 4, { verdict: 'failed' }), row('d-3', 6, { verdict: 'inconclusive' })];

  const added = await at.state.all(tx => keepDrills(tx, rows));

  const [series] = await at.state.all(lastDrills);
  expect(added).toBe(3);
  expect(series).toMatchObject({
    client: 'lakeside',
    plan: 'lakeside-ehr',
    counts: { passed: 1, 'objective-missed': 0, failed: 1, inconclusive: 1 },
    last: { drill: 'd-3', verdict: 'inconclusive' },
    conclusive: { drill: 'd-2', verdict: 'failed', recoveryTimeMs: 60_000, rtoMs: 14_400_000, rpaMs: 1_800_000, rpoMs: 3_600_000 },
    passing: { drill: 'd-1', endedAt: '2026-11-01T08:01:09.000Z' },
  });
});

test('the order in which drills arrive does not matter, and none counts twice', async () => {
  const keep = (drill: DrillRow): Promise<number> => at.state.all(tx => keepDrills(tx, [drill]));

  const added = [
    await keep(row('d-2', 4, { verdict: 'failed' })),
    await keep(row('d-1', 2)),
    await keep(row('d-1', 2)),
    await keep(row('d-3', 6)),
  ];

  const [series] = await at.state.all(lastDrills);
  expect(added).toEqual([1, 1, 0, 1]);
  expect(series).toMatchObject({
    counts: { passed: 2, failed: 1 },
    last: { drill: 'd-3' },
    conclusive: { drill: 'd-3' },
    passing: { drill: 'd-3' },
  });
});

test('a client sees and writes no drill of another', async () => {
  await at.state.of('lakeside', tx => keepDrill(tx, sampleRecord(), 2));

  const crossed = at.state.of('harbor', tx => keepDrill(tx, sampleRecord({ drill: 'd-9' }), 4));

  await expect(crossed).rejects.toThrow();
  expect(await at.state.of('harbor', lastDrills)).toEqual([]);
  expect(await at.state.of('lakeside', lastDrills)).toHaveLength(1);
});

test('what the index lacks is filled from the ledger, once', async () => {
  const ledger = await ledgerWith(['d-1', 'passed'], ['d-2', 'failed']);
  await at.state.of('lakeside', tx => keepDrill(tx, sampleRecord({ drill: 'd-1' }), 2));

  const first = await indexLedger(ledger, at.state);
  const again = await indexLedger(ledger, at.state);

  expect([first, again]).toEqual([
    { added: 1, unreadable: [] },
    { added: 0, unreadable: [] },
  ]);
  expect((await at.state.all(lastDrills))[0]).toMatchObject({ counts: { passed: 1, failed: 1 }, last: { drill: 'd-2' } });
});

test('a record that was changed gives its signed verdict and no figure', async () => {
  const ledger = await ledgerWith(['d-1', 'failed']);
  await writeFile(join(ledger.paths.folder, 'drills/d-1.json'), '{}');

  const indexed = await indexLedger(ledger, at.state);

  expect(indexed).toEqual({ added: 1, unreadable: ['d-1'] });
  expect((await at.state.all(lastDrills))[0]?.conclusive).toMatchObject({ verdict: 'failed', recoveryTimeMs: null, planDigest: null });
});

test('plans are kept as they are now; those of other sites stay', async () => {
  const [a, b, c] = [planned('a'), planned('b'), planned('c', { site: 'other' })];
  await at.state.all(tx => keepPlans(tx, [a, b, c], { now: '2026-11-22T10:00:00.000Z', sites: null }));

  await at.state.all(tx => keepPlans(tx, [{ ...a, digest: 'new' }], { now: '2026-11-22T11:00:00.000Z', sites: ['rack'] }));

  expect(await at.state.all(listPlans)).toEqual([{ ...a, digest: 'new' }, c]);
});

test('the overview takes the newest check, and where nobody could look the point that was seen last', async () => {
  const [a, b, c] = [planned('a'), planned('b'), planned('c')];
  const check = (plan: string, hour: number, [outcome, newest]: readonly [string, string | null]): Promise<unknown> =>
    at.state.all(tx =>
      tx.query(
        `insert into backup_check (client, plan, component, at, outcome, codes, newest, points) values ('lakeside', $1, 'database', $2, $3, '{}', $4, 1)`,
        [plan, `2026-11-22T${String(hour)}:00:00.000Z`, outcome, newest === null ? null : JSON.stringify({ consistentAt: newest })],
      ),
    );
  await check('a', 10, ['passed', '2026-11-22T09:30:00.000Z']);
  await check('a', 11, ['passed', '2026-11-22T10:30:00.000Z']);
  await check('b', 10, ['passed', '2026-11-22T09:30:00.000Z']);
  await check('b', 11, ['inconclusive', null]);
  await check('c', 10, ['passed', '2026-11-22T09:30:00.000Z']);
  await check('c', 11, ['failed', null]);

  const { checks } = await readOverview(at.state, [a, b, c]);

  expect(checks.map(one => [one.plan, one.outcome, one.newestAt]).sort()).toEqual([
    ['a', 'passed', '2026-11-22T10:30:00.000Z'],
    ['b', 'inconclusive', '2026-11-22T09:30:00.000Z'],
    ['c', 'failed', null],
  ]);
});

test('the overview says what is due next, what is open and who was called', async () => {
  await at.state.all(async tx => {
    for (const [id, due, state] of [
      ['a/drill@2026-11-23T08:00:00Z', '2026-11-23T08:00:00Z', 'waiting'],
      ['a/drill@2026-11-22T08:00:00Z', '2026-11-22T08:00:00Z', 'waiting'],
      ['a/drill@2026-11-21T08:00:00Z', '2026-11-21T08:00:00Z', 'done'],
      ['a/check@2026-11-20T08:00:00Z', '2026-11-20T08:00:00Z', 'waiting'],
    ])
      await tx.query('insert into occurrence (client, id, plan, due_at, late_after, state) values ($1, $2, $3, $4, $4, $5)', [
        'lakeside',
        id,
        'a',
        due,
        state,
      ]);
    for (const [id, resolved] of [
      ['e-1', null],
      ['e-0', '2026-11-22T08:00:00Z'],
    ]) {
      await tx.query(
        `insert into escalation (client, id, key, severity, state, opened_at, resolved_at, matter) values ('lakeside', $1, $2, 'P1', 'open', now(), $3, '{}')`,
        [id, `lakeside/a/${String(id)}`, resolved],
      );
      await tx.query(
        `insert into delivery (client, id, escalation, tier, contact, channel, due_at, state, message, made_at)
         values ('lakeside', $1 || '.1', $1, 'L1', 'on-call', 'sms', now(), 'accepted', '{}', now())`,
        [id],
      );
    }
  });

  const overview = await readOverview(at.state, []);
  await at.state.all(tx => keepPlans(tx, [planned('a')], { now: '2026-11-22T10:00:00.000Z', sites: null }));
  const queue = await readDueBySite(at.state, '2026-11-22T12:00:00.000Z');

  expect(overview.due).toEqual([
    { client: 'lakeside', plan: 'a', dueAt: '2026-11-22T08:00:00.000Z', lateAfter: '2026-11-22T08:00:00.000Z', state: 'waiting' },
  ]);
  expect(overview.matters.map(one => one.escalation)).toEqual(['e-1']);
  expect(overview.calls).toMatchObject([{ escalation: 'e-1', contact: 'on-call', state: 'accepted' }]);
  expect(queue).toEqual([{ site: 'rack', waiting: 1, running: 0 }]);
  expect(await countUndelivered(at.state)).toBe(0);
});
