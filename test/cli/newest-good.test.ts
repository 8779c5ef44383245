import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewestGood } from '../../src/cli/newest-good.ts';
import { bench, type Bench } from '../e2e/cli.ts';
import { sqliteSource, type SqliteSource } from '../fixtures/sqlite-source.ts';

let source: SqliteSource;
let at: Bench;
let plan: string;

/** Six copies of one database, one for each of the last hours; the first four of them are cut off. */
beforeAll(async () => {
  source = await sqliteSource();
  at = await bench({ inProcess: true });
  await source.shell(`for hours in 1 2 3 4 5 6; do
      to=${at.backups}/ehr-$(date -u -d "$hours hours ago" +%Y%m%dT%H%M%SZ).db
      sqlite3 ehr.db ".backup $to"; if [ $hours -lt 5 ]; then truncate -s 30000 $to; fi
    done`);
  plan = await at.plan(
    'clinic',
    `contract: { rto: 1h, rpo: 2h }
components:
  database: { backup: { tool: sqlite, from: ${at.backups}, job: { every: 10m } }, probes: [{ sql: select count(*) from patient, expect: { atLeast: 60 } }] }
schedule: { drill: { pick: oldest } }
`,
  );
});
afterAll(async () => {
  await at.remove();
  await source[Symbol.asyncDispose]();
});

test('the newest copy that comes back is found, with its true age; the tries do not speak for the plan', async () => {
  const ran = await at.run(['drill', plan, '--find-newest-good', '--json']);

  const found = JSON.parse(ran.stdout) as NewestGood;
  expect({ exit: ran.code, said: found.exitCode }, ran.stderr).toEqual({ exit: 3, said: 3 });
  expect(found.tried.map(({ verdict }) => verdict)).toEqual(['failed', 'failed', 'failed', 'objective-missed', 'objective-missed']);
  expect(found).toMatchObject({ component: 'database', points: 6, good: { verdict: 'objective-missed', trigger: 'search' } });
  expect(Math.round((found.good?.recoveryPointAge.ms ?? 0) / 3_600_000)).toBe(5);
  expect(found.good?.sample?.method).toBe('search');
  expect(found.good?.limitations.join()).toContain('in search of the newest that comes back');
  expect(found.assumed).toContain('taken for good');
  // The newest copy is what the plan would be recovered from.
  const { stdout } = await at.run(['history', 'clinic']);
  expect(stdout).toContain('1 of 1 conclusive drill failed');
});

test('a person reads what was tried, and that nothing older is good', async () => {
  await source.shell(`rm $(ls ${at.backups}/* | tail -n 4); for copy in ${at.backups}/*; do truncate -s 30000 $copy; done`);

  const ran = await at.run(['drill', plan, '--find-newest-good', '--quiet']);

  expect(ran.code, ran.stderr).toBe(1);
  expect(ran.stdout).toContain('No recovery point of database that was tried came back.');
  expect(ran.stdout).toMatch(/2 of 2 recovery points of database tried:\n {2}\S+Z {2}failed +d-\S+ {2}sqlite-/);
});
