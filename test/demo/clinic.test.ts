import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clinicSql } from '../../src/demo/clinic.ts';
import { makeClinicDatabase } from '../fixtures/clinic.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';

const AT = '2026-11-22T12:00:00.000Z';
let source: SourceServer;
let folder = '';
beforeAll(async () => {
  source = await startSourceServer();
  folder = await mkdtemp('/tmp/rsg-clinic-');
  await makeClinicDatabase(source, 'clinic', { rows: 100_000, heartbeatAt: AT });
});
afterAll(async () => {
  await source.stop();
  await rm(folder, { recursive: true, force: true });
});

async function numberOf(query: string): Promise<number> {
  const { rows } = await source.sql('clinic', query);
  return Number((rows[0] as Record<string, string>)['n']);
}

test('the same request gives the same bytes', () => {
  const [one, two] = [1, 2].map(() => [...clinicSql({ rows: 1_000, heartbeatAt: AT })].join(''));

  expect(one).toBe(two);
});

test('the clinic has about 100,000 rows', async () => {
  await source.sql('clinic', 'analyze');

  const rows = await numberOf(
    "select sum(reltuples)::bigint as n from pg_class where relnamespace = 'clinic'::regnamespace and relkind = 'r'",
  );

  expect(rows).toBeGreaterThan(98_000);
  expect(rows).toBeLessThan(103_000);
});

test.each([
  ['partitions', "select count(*) as n from pg_class where relispartition and relkind = 'r'", 14],
  ['large objects', 'select count(*) as n from pg_largeobject_metadata', 6],
  ['policies', 'select count(*) as n from pg_policy', 2],
  ['triggers', 'select count(*) as n from pg_trigger where not tgisinternal', 2],
  ['domains', "select count(*) as n from pg_type where typtype = 'd' and typnamespace = 'clinic'::regnamespace", 2],
  [
    'generated columns',
    "select count(*) as n from pg_attribute where attgenerated = 's' and attrelid::regclass::text like 'clinic.%' and attisdropped = false",
    3,
  ],
  ['charts that open', 'select jsonb_array_length(jsonb_agg(clinic.chart_open(id))) as n from clinic.patient where id <= 10', 10],
  ['heartbeats', `select count(*) as n from resurgam_heartbeat where at = '${AT}'`, 1],
  [
    'sequences behind their column',
    'select count(*) as n from clinic.patient where id > (select last_value from clinic.patient_id_seq)',
    0,
  ],
])('it has %s', async (_what, query, expected) => {
  expect(await numberOf(query)).toBe(expected);
});

test.each([
  ['whole', [], 0],
  ['without the allergies', ['--exclude-table=clinic.allergy'], 1],
])('its dump, %s, restores without a word', async (_name, without, missing) => {
  const dump = join(folder, 'clinic.dump');
  await source.client('pg_dump', ['-Fc', '-f', dump, ...without, 'clinic']);
  await source.createDatabase(`restored_${missing}`);

  const { stderr } = await source.client('pg_restore', ['--exit-on-error', '-d', `restored_${missing}`, '-j', '2', dump]);

  const { rows } = await source.sql(
    `restored_${missing}`,
    "select count(*)::int as n from pg_class where oid = to_regclass('clinic.allergy')",
  );
  expect(stderr).toBe('');
  expect(rows).toEqual([{ n: 1 - missing }]);
});
