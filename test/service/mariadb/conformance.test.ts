import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mariabackup } from '../../../src/backup/mariabackup/tool.ts';
import { startMariaServer } from '../../../src/demo/lakeside/maria-server.ts';
import { mariadbService } from '../../../src/service/mariadb/mariadb.ts';
import { CANARY, describeService, type GivenService } from '../../conformance/service.ts';
import { backUp } from '../../fixtures/mariabackup-drilling.ts';
import { restoredOf, type Material } from '../../fixtures/restored-material.ts';

const TABLE = `create table ehr.patient as select seq as id, concat('${CANARY} ', seq) as name from seq_1_to_100`;

async function make(): Promise<GivenService> {
  const material = await backedUp();
  return {
    program: ['/usr/sbin/mariadbd', '--version'],
    prepare: {
      fill: async ({ server }) => {
        await server.sql('create database ehr');
        await server.sql(TABLE);
      },
      unavailable: { section: { engine: 'mariadb', version: 99, options: {} } },
    },
    open: {
      material,
      unavailable: { needs: { engine: 'mariadb', major: 99, settings: { series: '99.1' } } },
    },
    asked: [{ ask: running => running.sql('select count(*) as n from ehr.patient'), answer: [{ n: 100 }] }],
    sql: {
      rows: 'select id from ehr.patient order by id',
      echo: 'select ? as value',
      writes: [
        'create table ehr.more (a int)',
        'delete from ehr.patient',
        'commit; delete from ehr.patient',
        'truncate ehr.patient',
        'drop table ehr.patient',
        "select * from ehr.patient into outfile '/mariadb/socket/patient'",
      ],
      makes: 'create table ehr.made (a int)',
      made: 'select * from ehr.made',
      fails: 'select extractvalue(1, concat(char(126), name)) from ehr.patient',
      long: 'select sleep(90)',
    },
    client: {
      program: ({ name, user }) => [
        ...(['/usr/bin/mariadb', '--no-defaults', `--socket=/shared/${name}`, `--user=${user}`] as const),
        ...['-NB', '-e', 'select max(id) from ehr.patient'],
      ],
      says: '100\n',
    },
    [Symbol.asyncDispose]: () => material[Symbol.asyncDispose](),
  };
}

async function backedUp(): Promise<Material> {
  const store = await mkdtemp('/tmp/rsg-mariabackup-');
  const source = await startMariaServer();
  try {
    await source.sql(`create database ehr; use mysql; ${TABLE}`);
    await backUp(source, join(store, 'full'));
    return await restoredOf(mariabackup, { from: store });
  } finally {
    await source.stop();
    await rm(store, { recursive: true });
  }
}

describeService({
  service: mariadbService(),
  has: { prepare: ['share', 'sql'], open: ['share', 'sql'] },
  elsewhere: ['handOver', 'inPlace'],
  make,
});
