import { sqlite } from '../../../src/backup/sqlite/tool.ts';
import type { RunningService } from '../../../src/service/service.ts';
import { sqliteService } from '../../../src/service/sqlite/sqlite.ts';
import { CANARY, describeService, type GivenService } from '../../conformance/service.ts';
import { restoredOf } from '../../fixtures/restored-material.ts';
import { inUse, sqliteSource } from '../../fixtures/sqlite-source.ts';

async function make(): Promise<GivenService> {
  const source = await sqliteSource('wal');
  await source.shell(`mkdir store; sqlite3 ehr.db "vacuum into 'store/ehr-20261126T010000Z.db'"`);
  const material = await restoredOf(sqlite, { from: `${source.folder}/store` });
  return {
    program: ['/usr/bin/sqlite3', '--version'],
    open: { material, unavailable: { hides: '/usr/bin/sqlite3' } },
    asked: [{ ask: countVisits, answer: [{ n: 2000 }] }],
    sql: {
      rows: 'select id from patient order by id',
      echo: 'select ?1 as value',
      writes: [
        'create table more (a)',
        'delete from visit',
        'commit; delete from visit',
        'pragma user_version = 7',
        "attach database '/restored/more' as more; create table more.t (a)",
        '.shell rm -r /restored',
      ],
      makes: 'create table made (a)',
      made: 'select * from made',
      fails: `select "${CANARY}" from nowhere_${CANARY.replaceAll('-', '_')}`,
      long: 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n where i < 0',
    },
    runsNothing: true,
    inPlace: {
      asksCopy: 'SQLite answers some questions only where it could write',
      begin: async folder => {
        // The newest change is in its log alone.
        await source.shell('sqlite3 ehr.db "insert or ignore into visit select id + 5000, patient, at, note from visit where id <= 100"');
        await source.shell(
          inUse(`say "delete from visit where id > 2000;"; for end in '' -wal; do cp ehr.db$end ${folder}/database$end; done`),
        );
        return { folder, [Symbol.asyncDispose]: () => Promise.resolve() };
      },
    },
    [Symbol.asyncDispose]: async () => {
      await material[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
    },
  };
}

function countVisits(running: RunningService): Promise<unknown> {
  return running.sql('select count(*) as n from visit');
}

describeService({ service: sqliteService(), has: { open: ['sql', 'tree'] }, make });
