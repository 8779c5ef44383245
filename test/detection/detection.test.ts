import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';
import { bench } from '../e2e/cli.ts';
import { cases, PLANS, type Case } from './cases.ts';
import { EHR } from './databases.ts';

let source: SourceServer;
let count = 0;
beforeAll(async () => {
  source = await startSourceServer();
  await source.createDatabase('ehr_template');
  await source.client('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'ehr_template'], EHR);
});
afterAll(() => source.stop());

describe('every mode of groups A and P that concerns pg_dump is seen', { timeout: 240_000 }, () => {
  test.each(cases.map(one => [one.id, one.mode, one] as const))('%s: %s', async (_id, _mode, one) => {
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
  const place = await bench();
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
