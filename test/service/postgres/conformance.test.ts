import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pgBasebackup } from '../../../src/backup/pg-basebackup/tool.ts';
import { postgresService } from '../../../src/service/postgres/postgres.ts';
import { CANARY, describeService, type GivenService } from '../../conformance/service.ts';
import { restoredOf, type Material } from '../../fixtures/restored-material.ts';
import { startSourceServer } from '../../fixtures/source-server.ts';

const run = promisify(execFile);
const BIN = '/usr/lib/postgresql/15/bin';
const NEEDS = { engine: 'postgres', major: 15, settings: {} };
const TABLE = `create table patient as select n as id, '${CANARY} ' || n as name from generate_series(1, 100) as n`;

async function make(): Promise<GivenService> {
  const material = await baseBackup();
  const { layout } = material.restored;
  return {
    program: [`${BIN}/postgres`, '--version'],
    prepare: {
      request: { needs: NEEDS },
      fill: ({ server }) => server.sql(TABLE),
      unavailable: { needs: { ...NEEDS, major: 11 } },
    },
    open: { material, unavailable: { restored: { ...material.restored, layout: { ...layout, major: 99 } } } },
    asked: [{ ask: running => running.sql('select count(*)::int as n from patient'), answer: [{ n: 100 }] }],
    sql: {
      rows: 'select id from patient order by id',
      echo: 'select $1::text as value',
      writes: ['create table more ()', 'delete from patient', 'commit; delete from patient', 'truncate patient', 'create database more'],
      makes: 'create table made ()',
      made: 'select * from made',
      fails: 'select name::int from patient',
      long: 'select pg_sleep(90)',
    },
    client: {
      program: ({ user, database }) => [
        '/usr/bin/psql',
        '-XAt',
        '-h',
        '/shared',
        '-U',
        user,
        '-d',
        database,
        '-c',
        'select max(id) from patient',
      ],
      says: '100\n',
    },
    handedOver: {
      ask: async folder => /state: +(.*)/.exec((await run(`${BIN}/pg_controldata`, [join(folder, 'data')])).stdout)?.[1] ?? '',
      answer: 'shut down',
    },
    [Symbol.asyncDispose]: () => material[Symbol.asyncDispose](),
  };
}

async function baseBackup(): Promise<Material> {
  const store = await mkdtemp('/tmp/rsg-base-');
  const source = await startSourceServer();
  try {
    await source.createDatabase('ehr');
    await source.sql('ehr', TABLE);
    await source.client('pg_basebackup', ['-D', join(store, 'base'), '-c', 'fast']);
    return await restoredOf(pgBasebackup, { from: store });
  } finally {
    await source.stop();
    await rm(store, { recursive: true });
  }
}

describeService({
  service: postgresService(),
  has: { prepare: ['share', 'sql'], open: ['handOver', 'share', 'sql'] },
  make,
});
