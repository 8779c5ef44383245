import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeLab } from '../../src/demo/lakeside/lab.ts';
import { bad, sample, type Sample } from './sample.ts';

let lab: Sample;
beforeAll(async () => {
  lab = await sample('lab', 'lab', makeLab);
});
afterAll(() => lab[Symbol.asyncDispose]());

test('the laboratory comes back, and results can be read', async () => {
  const { record, stderr } = await lab.drill('healthy');

  expect([record.verdict, record.reasons], stderr).toEqual(['passed', []]);
  expect(record.workflows.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
});

test.runIf(process.getuid?.() === 0)('whoever follows its printed runbook by hand can read the results', async () => {
  const count = 'select count(*) from lis.specimen where accession = "L26-000042"';

  expect(await lab.followed('healthy', `mariadb --socket="$RECOVERED/database-server/socket" -NBe '${count}'`)).toEqual(['1']);
});

test('a table in the backup with a damaged page fails', async () => {
  const damage = 'printf damaged | dd of="$(ls lis-*/lis/result.ibd)" bs=1 seek=70000 conv=notrunc status=none';

  const { record } = await lab.drill('page', damage);

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toContain('database: restore.corrupt');
});

test('a backup that was never finished is none', async () => {
  const { record } = await lab.drill('unfinished', 'rm lis-*/xtrabackup_checkpoints lis-*/xtrabackup_info');

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toContain('database: select.no-recovery-point');
});

test('results that are gone, and a clock that stands still, are found in a backup without a fault', async () => {
  const still = 'create trigger still before update on heartbeat for each row set new.at = utc_timestamp() - interval 3 hour';
  const sql = `delete from result where specimen_id < 100; ${still}`;
  await using other = await sample('lab', 'lab', place => makeLab(place, { sql }));

  const { record } = await other.drill('contents');

  expect(record.verdict).toBe('failed');
  expect(bad(record)).toEqual(['database: freshness.data-older-than-point', 'database: sql.unexpected', 'database: workflow.failed']);
});
