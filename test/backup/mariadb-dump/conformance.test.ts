import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mariadbDump } from '../../../src/backup/mariadb-dump/tool.ts';
import { describeBackupTool, type GivenTool } from '../../conformance/backup-tool.ts';
import { keepLogs } from '../../fixtures/mariabackup-drilling.ts';
import { startMariaServer } from '../../../src/demo/lakeside/maria-server.ts';

/** A server into which somebody restores. */
const MARIADB = `install -d -o mysql /run/mysqld
mariadb-install-db --no-defaults --user=mysql --datadir=/run/mysqld/data --auth-root-authentication-method=normal --skip-test-db > /dev/null
mariadbd --no-defaults --user=mysql --datadir=/run/mysqld/data --socket=/run/mysqld/mysqld.sock --skip-networking > /run/mysqld/log 2>&1 &
until mariadb-admin ping > /dev/null 2>&1; do sleep 0.1; done`;

async function make(): Promise<GivenTool> {
  const source = await startMariaServer(['--log-bin=binlog', '--server-id=7']);
  const place = await mkdtemp('/tmp/rsg-maria-case-');
  const at = (name: string): string => join(place, name);
  try {
    for (const name of ['healthy', 'empty']) await mkdir(at(name));
    await source.sql(
      'create database ehr; use ehr; create table t (id int primary key, name text); insert into t select seq, md5(seq) from seq_1_to_5000',
    );
    for (const number of [1, 2]) {
      const dump = await source.client('mariadb-dump', ['--master-data=2', 'ehr']);
      await writeFile(at(`healthy/doe-jane-2026-11-26T0${number}:00:00Z.sql`), dump);
    }
    // Times of both are whole seconds.
    await sleep(1_100);
    await source.sql(
      'use ehr; insert into t values (0, null); create database other; use other; create table t (id int); flush binary logs',
    );
    await keepLogs(source, at('healthy/binlogs'));
  } finally {
    await source.stop();
  }
  const one = await readFile(at('healthy/doe-jane-2026-11-26T01:00:00Z.sql'));
  const put = async (folder: string, bytes: Buffer): Promise<{ options: { from: string } }> => {
    await writeFile(join(folder, 'doe-jane.sql'), bytes);
    return { options: { from: folder } };
  };
  // In the middle of the rows: the end is as it should be.
  const broken = Buffer.from(one.toString('latin1').replace('(2500,', '((2500,'), 'latin1');
  return {
    healthy: { options: { from: at('healthy'), binlogs: at('healthy/binlogs') } },
    points: 3,
    empty: { options: { from: at('empty') } },
    missing: { options: { from: at('nowhere') } },
    damaged: folder => put(folder, broken),
    changing: async folder => ({ store: await put(folder, one), change: () => put(folder, Buffer.concat([one, one])) }),
    place: { place: at('healthy') },
    byHand: { before: MARIADB, asked: "mariadb -NB ehr -e 'select count(*), min(id), max(id) from t'", answer: '5001\t0\t5000' },
    secrets: [],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  };
}

describeBackupTool({ tool: mariadbDump, make });
