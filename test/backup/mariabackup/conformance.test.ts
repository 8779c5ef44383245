import { cp, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mariabackup } from '../../../src/backup/mariabackup/tool.ts';
import { describeBackupTool, type GivenTool } from '../../conformance/backup-tool.ts';
import { keepLogs } from '../../fixtures/mariabackup-drilling.ts';
import { startMariaServer } from '../../../src/demo/lakeside/maria-server.ts';

async function make(): Promise<GivenTool> {
  const source = await startMariaServer(['--log-bin=binlog', '--server-id=7']);
  const place = await mkdtemp('/tmp/rsg-mariabackup-case-');
  const at = (name: string): string => join(place, name);
  try {
    await mkdir(at('empty'));
    await source.sql(
      'create database ehr; use ehr; create table t (id int primary key, name text); insert into t select seq, md5(seq) from seq_1_to_20000',
    );
    const backup = (name: string, ...more: readonly string[]): Promise<string> =>
      source.client('mariabackup', ['--backup', `--datadir=${source.data}`, `--target-dir=${at(`healthy/doe-jane-${name}`)}`, ...more]);
    await mkdir(at('healthy'));
    await source.settle();
    await backup('1');
    // On a server as quiet as this one its page is in the log alone: the increment begins and ends where the full backup ended.
    await source.sql('insert into ehr.t values (20001, null)');
    await backup('2', `--incremental-basedir=${at('healthy/doe-jane-1')}`);
    // Times of both are whole seconds.
    await sleep(1_100);
    await source.sql('insert into ehr.t values (0, null); flush binary logs');
    await keepLogs(source, at('healthy/binlogs'));
  } finally {
    await source.stop();
  }
  const put = async (folder: string): Promise<string> => {
    await cp(at('healthy/doe-jane-1'), join(folder, 'doe-jane'), { recursive: true, preserveTimestamps: true });
    return join(folder, 'doe-jane/ehr/t.ibd');
  };
  return {
    healthy: { options: { from: at('healthy'), binlogs: at('healthy/binlogs') } },
    points: 3,
    empty: { options: { from: at('empty') } },
    missing: { options: { from: at('nowhere') } },
    damaged: async folder => {
      await spoil(await put(folder));
      return { options: { from: folder } };
    },
    changing: async folder => {
      const file = await put(folder);
      return { store: { options: { from: folder } }, change: () => spoil(file) };
    },
    place: { place: at('healthy') },
    byHand: {
      // The increment took its place in the log along.
      asked: `mariadb --socket=$RECOVERED/part-server/socket -NB ehr -e 'select count(*), min(id), max(id) from t'
        cmp "$RECOVERED/part/xtrabackup_binlog_info" ${at('healthy/doe-jane-2/xtrabackup_binlog_info')}`,
      answer: '20002\t0\t20001',
    },
    secrets: [],
    names: ['doe-jane'],
    [Symbol.asyncDispose]: () => rm(place, { recursive: true, force: true }),
  };
}

/** In the middle of a page. */
async function spoil(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(64, 0x55), 0, 64, 16_384 * 20 + 4_000);
  await file.close();
}

describeBackupTool({ tool: mariabackup, make });
