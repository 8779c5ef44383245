import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bench, type Bench } from '../e2e/cli.ts';
import { inUse, sqliteSource, type SqliteSource } from '../fixtures/sqlite-source.ts';

let source: SqliteSource;
let at: Bench;
let plan: string;
const NAME = 'ehr-$(date -u +%Y%m%dT%H%M%SZ).db';

/** One bench for all cases, with an accepted drill behind it: a copy that SQLite made, twice drilled without any alarm. */
beforeAll(async () => {
  source = await sqliteSource('wal');
  at = await bench({ inProcess: true });
  const probes =
    '[{ integrity: full }, inventory: {}, { newest: select max(at) from visit }, { sql: select count(*) from patient, expect: { atLeast: 60 } }]';
  plan = await at.plan(
    'clinic',
    `components:\n  database:\n    backup: { tool: sqlite, from: ${at.backups}, applicationId: 4711 }\n    probes: ${probes}\n`,
  );
});
afterAll(async () => {
  await at.remove();
  await source[Symbol.asyncDispose]();
});

const put = (script: string): Promise<string> => source.shell(`rm -f ${at.backups}/*; TO=${at.backups}/${NAME}; ${script}`);

test('a healthy copy passes twice without any alarm, and no value is kept', async () => {
  await put('sqlite3 ehr.db ".backup $TO"');

  for (const { record, ran } of [await at.drill(plan), await at.drill(plan)]) {
    const alarms = record.findings.filter(({ outcome, required }) => required && outcome !== 'passed');
    expect({ verdict: record.verdict, alarms }, ran.stderr).toEqual({ verdict: 'passed', alarms: [] });
    expect(record.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining([
        'backup.ok',
        'restore.ok',
        'service.ready',
        'integrity.ok',
        'inventory.rows-ok',
        'freshness.ok',
        'sql.ok',
        'service.up',
      ]),
    );
  }
  expect(await source.shell(`grep -rl 'patient 7' --exclude-dir=cache ${at.home} || true`)).toBe('');
});

describe('every mode that concerns a copy of a SQLite database is seen', () => {
  test.each([
    [
      'A18',
      'the database of another application',
      'sqlite3 ehr.db "vacuum into \'$TO\'"; sqlite3 $TO "pragma application_id = 1"',
      'backup.wrong-database',
    ],
    [
      'X02',
      'copied without its log',
      inUse('say "delete from visit where id > 1900;"; cp ehr.db $TO; cp ehr.db-shm $TO-shm'),
      'backup.log-missing',
    ],
    [
      'W01',
      'a damaged page',
      `sqlite3 ehr.db ".backup $TO"; page=$(sqlite3 $TO "select max(pageno) from dbstat where name = 'visit' and pagetype = 'leaf'"); head -c 2000 /dev/zero | dd of=$TO bs=1 seek=$(( (page - 1) * 4096 )) conv=notrunc`,
      'integrity.table-unreadable',
    ],
    [
      'P06',
      'rows were left out',
      'sqlite3 ehr.db ".backup $TO"; sqlite3 $TO "delete from visit where id < 1000"',
      'inventory.rows-missing',
    ],
  ])('%s: %s', async (...[, , script, code]) => {
    await put(script);

    const { record, ran } = await at.drill(plan);

    const failed = record.findings.filter(({ outcome, required }) => required && outcome === 'failed').map(one => one.code);
    expect([record.verdict, failed.includes(code as never)], `${failed.join(', ')} ${ran.stderr}`).toEqual(['failed', true]);
  });
});
