import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench, type Bench } from '../e2e/cli.ts';
import { sqliteSource, type SqliteSource } from '../fixtures/sqlite-source.ts';

let source: SqliteSource;
let at: Bench;
let plan: string;

/** Four copies of one database, one for each of the last hours, of which a drill proves the three newest. */
beforeAll(async () => {
  source = await sqliteSource();
  at = await bench({ inProcess: true });
  await source.shell(`for hours in 1 2 3 4; do
      sqlite3 ehr.db ".backup ${at.backups}/ehr-$(date -u -d "$hours hours ago" +%Y%m%dT%H%M%SZ).db"
    done`);
  plan = await at.plan(
    'clinic',
    `contract: { rto: 1h, rpo: 2h }
components:
  database: { backup: { tool: sqlite, from: ${at.backups} }, probes: [{ integrity: full }, { inventory: {} }] }
workflows:
  - { name: Count patients, sql: { component: database, query: select count(*) from patient }, expect: { atLeast: 60 } }
schedule: { drill: { sweep: 3 } }
`,
  );
});
afterAll(async () => {
  await at.remove();
  await source[Symbol.asyncDispose]();
});

test('a drill proves so many recovery points, each asked by itself; its figures are those of the newest', async () => {
  const { record, ran } = await at.drill(plan);

  expect({ verdict: record.verdict, reasons: record.reasons }, ran.stderr).toEqual({ verdict: 'passed', reasons: [] });
  expect(record.sweep.map(({ verdict, ageMs }) => [verdict, Math.round((ageMs ?? 0) / 3_600_000)])).toEqual([
    ['passed', 2],
    ['passed', 3],
  ]);
  for (const { findings } of record.sweep) {
    const codes = findings.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['isolation.proved', 'restore.ok', 'integrity.ok', 'workflow.ok', 'service.up']));
  }
  expect(record.recoveryPoints).toHaveLength(1);
  const [first, second] = record.sweep;
  expect((record.recoveryTime.ms ?? 0) + (first?.durationMs ?? 0) + (second?.durationMs ?? 0)).toBeLessThan(
    Date.parse(record.endedAt) - Date.parse(record.startedAt),
  );
  expect(record.destroyed).toMatchObject({ verified: true, processes: 0, mounts: 0 });
});

test('a bad one among them fails the drill and is named; a good newest one does not hide it', async () => {
  await source.shell(`truncate -s 30000 "$(ls ${at.backups}/* | tail -n 2 | head -n 1)"`);

  const { record } = await at.drill(plan);

  expect([record.verdict, record.reasons]).toEqual(['failed', ['sweep.point-bad']]);
  expect(record.sweep.map(({ verdict }) => verdict)).toEqual(['failed', 'passed']);
  const bad = record.findings.find(({ code }) => code === 'sweep.point-bad');
  expect(bad).toMatchObject({ component: 'database', object: record.sweep[0]?.point });
  expect(record.sweep[0]?.findings.find(({ outcome }) => outcome === 'failed')?.code).toBe('backup.truncated');
});
