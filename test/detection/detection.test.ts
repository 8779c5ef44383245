import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';
import { bench } from '../e2e/cli.ts';
import { applicationCases } from './application-cases.ts';
import { cases, PLANS, type Case } from './cases.ts';
import { EHR } from './databases.ts';

let source: SourceServer;
let count = 0;

/** A stored view that calls another system whenever it is filled, as it is while it is restored. Where that is, the settings say. */
const PARTNER = `
  create extension dblink;
  create function public.called() returns boolean language plpgsql as $$
    begin
      perform public.dblink_connect('host=' || value || ' port=9 user=x') from app.setting where key = 'partner';
      return true;
    exception when others then return false;
    end $$;
  create materialized view news as select public.called() as there;
  insert into app.setting values ('partner', '192.0.2.1');`;
beforeAll(async () => {
  source = await startSourceServer();
  await source.createDatabase('ehr_template');
  await source.client('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'ehr_template'], EHR);
});
afterAll(() => source.stop());

describe('every mode that concerns pg_dump is seen', () => {
  test.each([...cases, ...applicationCases].map(one => [one.id, one.mode, one] as const))('%s: %s', async (_id, _mode, one) => {
    const { record, ran } = await injected(one);

    const codes = record.findings.filter(found => found.outcome !== 'passed').map(found => `${found.code} ${found.outcome}`);
    const said = [...codes, ...record.reasons];
    expect({ verdict: record.verdict, said }, ran.stderr).toEqual({ verdict: one.verdict, said: expect.arrayContaining([]) as string[] });
    expect(
      said.some(text => one.code.test(text.split(' ')[0] ?? '')),
      said.join(', '),
    ).toBe(true);
    if (record.verdict === 'failed' || record.verdict === 'inconclusive') expect(record.recoveryTime.ms).toBeNull();
  });
});

async function injected(one: Case): Promise<Awaited<ReturnType<Awaited<ReturnType<typeof bench>>['drill']>>> {
  const place = await bench({ inProcess: true });
  const database = `ehr_${(count += 1)}`;
  try {
    await source.createDatabase(database, 'template ehr_template');
    // A heartbeat as of now: the template's has grown old meanwhile.
    await source.sql(database, 'update resurgam_heartbeat set at = clock_timestamp()');
    const more = (PLANS[one.plan ?? ''] ?? one.plan ?? '').replaceAll('FROM', place.backups);
    const plan = await place.plan('lakeside-ehr', more);
    const acceptedBefore = async (): Promise<void> => {
      const { record, ran } = await place.drill(plan);
      expect(record.verdict, `${ran.stderr}${JSON.stringify(record.findings.filter(found => found.outcome !== 'passed'))}`).toBe('passed');
    };
    await one.inject({ source, database, backups: place.backups, acceptedBefore });
    return await place.drill(plan);
  } finally {
    await place.remove();
    await source.sql('postgres', `drop database if exists "${database}" with (force)`);
  }
}

test('X12: what the restored copy would do to the outside world does not get there, and is counted', async () => {
  const place = await bench({ inProcess: true });
  const database = 'ehr_outside';
  try {
    await source.createDatabase(database, 'template ehr_template');
    await source.sql(database, 'update resurgam_heartbeat set at = clock_timestamp()');
    await source.sql(database, PARTNER);
    await source.client('pg_dump', ['-Fc', '-f', join(place.backups, 'ehr.dump'), database]);

    const { record, ran } = await place.drill(await place.plan('lakeside-ehr'));

    expect([record.verdict, record.reasons], ran.stderr).toEqual(['passed', []]);
    expect(record.sandbox?.networkAttempts).toBeGreaterThan(0);
  } finally {
    await place.remove();
    await source.sql('postgres', `drop database if exists "${database}" with (force)`);
  }
});
