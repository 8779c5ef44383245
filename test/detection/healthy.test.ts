import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bench } from '../e2e/cli.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';
import { EHR, healthy } from './databases.ts';

let source: SourceServer;
beforeAll(async () => {
  source = await startSourceServer();
});
afterAll(() => source.stop());

const sets = Object.entries({ ...healthy, 'the small EHR': EHR, pgbench: '' });

describe('P20: a healthy backup passes twice without any alarm', () => {
  test.each(sets.map(([name, sql], index) => [name, sql, index] as const))('%s', async (name, sql, index) => {
    const place = await bench({ inProcess: true });
    const database = `healthy_${index}`;
    try {
      await source.createDatabase(database);
      if (name === 'pgbench') await source.client('pgbench', ['-i', '-q', '-s', '2', database]);
      else await source.client('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database], sql);
      await source.client('pg_dump', ['-Fc', '-f', join(place.backups, 'one.dump'), database]);
      const plan = await place.plan('healthy');

      const first = await place.drill(plan);
      const second = await place.drill(plan);

      for (const { record, ran } of [first, second]) {
        const alarms = record.findings.filter(found => found.outcome !== 'passed');
        expect({ verdict: record.verdict, alarms, exit: ran.code }, ran.stderr).toEqual({ verdict: 'passed', alarms: [], exit: 0 });
      }
    } finally {
      await place.remove();
    }
  });
});
