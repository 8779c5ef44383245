import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mariadbDump } from '../../src/backup/mariadb-dump/tool.ts';
import { startMariaServer, type MariaServer } from '../../src/demo/lakeside/maria-server.ts';
import { mariadbService } from '../../src/service/mariadb/mariadb.ts';
import { bad, keepLogs } from '../fixtures/mariabackup-drilling.ts';
import { recoverFrom, type Recovered } from '../fixtures/recovering.ts';

const FULL = ['--single-transaction', '--master-data=2', '--routines'];
let source: MariaServer;
let place: string;
/** Dumps by what they hold, as text. */
let dumps: Readonly<Record<'one' | 'named' | 'all' | 'unplaced', string>>;
/** Right after the hundred rows that follow the dumps. */
let between: string;
/** A moment that a statement wrote in the zone of its machine, in that of Tokyo. */
let zonedAt: string;
/** A place in the middle of a transaction. */
let inside: string;

/** After the dumps: changes by rows, by statements and by definitions, in their own schema and in another one; from `crossing` on also across. */
beforeAll(async () => {
  source = await startMariaServer(['--log-bin=binlog', '--server-id=7', '--binlog-format=row']);
  place = await mkdtemp('/tmp/rsg-maria-binlog-');
  const more = (from: number): string => `insert into visit select seq, md5(seq) from seq_${from}_to_${from + 99};`;
  await source.sql(`create database ehr; create database other; create table other.noise (id int);
    use ehr; create table visit (id int primary key, note text); ${more(1)}`);
  const dump = (...args: readonly string[]): Promise<string> => source.client('mariadb-dump', [...FULL, ...args]);
  dumps = {
    one: await dump('ehr'),
    named: await dump('--databases', 'ehr'),
    all: await dump('--all-databases', '--flush-privileges'),
    unplaced: await source.client('mariadb-dump', ['--single-transaction', 'ehr']),
  };
  await source.sql(`use ehr; ${more(101)}`);
  await sleep(1_100);
  between = new Date(Math.floor(Date.now() / 1_000) * 1_000).toISOString();
  await sleep(1_100);
  await source.sql(`use ehr; ${more(201)} alter table visit add column seen datetime; set binlog_format = statement; update visit set note = 'seen' where id = 300; set binlog_format = row;
    use other; insert into noise values (1); create table more (id int); create user clerk@localhost; flush binary logs;
    use ehr; delete from visit where id between 1 and 10`);
  await keepLogs(source, join(place, 'binlogs'));
  await source.sql('create database late; use late; create table t (id int); insert into t values (1)');
  await keepLogs(source, join(place, 'later'));
  await source.sql("use ehr; set binlog_format = statement; update visit set seen = now(), note = 'zoned' where id = 299");
  await keepLogs(source, join(place, 'zoned'));
  zonedAt = (await source.sql('select seen + interval 9 hour from ehr.visit where id = 299')).trim();
  await source.sql('set binlog_format = statement; use other; insert into ehr.visit (id) values (9001)');
  await keepLogs(source, join(place, 'crossing'));
  inside = /^\S+\t(\d+)\tTable_map/m.exec(await source.sql("show binlog events in 'binlog.000001'"))?.[1] ?? '';
  await source.sql('set global log_bin_compress = 1, log_bin_compress_min_len = 10; use ehr; create table packed (id int, words text)');
  await keepLogs(source, join(place, 'packed'));
  await renamed(join(place, 'binlogs'), join(place, 'mysql'));
});
afterAll(async () => {
  await source.stop();
  await rm(place, { recursive: true, force: true });
});

async function drill(
  dump: string | Buffer,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Recovered & { readonly seen: unknown; readonly zoned: unknown }> {
  const from = await mkdtemp(join(place, 'dumps-'));
  await writeFile(join(from, typeof dump === 'string' ? 'ehr.sql' : 'ehr.sql.gz'), dump);
  let [seen, zoned]: unknown[] = [];
  const recovered = await recoverFrom(
    mariadbDump,
    { from, binlogs: join(place, 'binlogs'), ...more },
    {
      over: mariadbService(),
      counted: 'select count(*) as n from ehr.visit',
      ask: async running => {
        [{ seen }] = (await running.sql("select count(*) as seen from ehr.visit where note = 'seen'")) as readonly [{ seen: unknown }];
        const [row] = await running
          .sql("select date_format(max(seen), '%Y-%m-%d %H:%i:%s') as zoned from ehr.visit where note = 'zoned'")
          .catch(() => []);
        zoned = row?.['zoned'];
      },
    },
  );
  return { ...recovered, seen, zoned };
}

describe('binary logs over a dump', () => {
  test.each(['one', 'named', 'all'] as const)('are replayed to the newest transaction (a dump of %s)', async kind => {
    const drilled = await drill(dumps[kind]);

    expect([bad(drilled), drilled.rows, Number(drilled.seen)]).toEqual([[], 290, 1]);
    expect(drilled.point).toMatchObject({ kind: 'pitr', consistentBasis: 'derived' });
    expect(drilled.findings.find(({ code }) => code === 'restore.last-transaction')?.observed).toBe(drilled.point?.consistentAt);
    expect(drilled.findings.find(({ code }) => code === 'restore.binlog-replayed')?.observed).toBe(2);
  });

  test('are replayed to the moment that the plan names and no further, also over a packed dump', async () => {
    const now = new Date().toISOString();
    const dated = dumps.one.replace(/(?<=-- Dump completed on ).*/, between.replace('T', ' ').slice(0, 16) + ':00');
    const drilled = await drill(gzipSync(dated), { target: { time: between }, time: 'UTC' });

    expect(bad(drilled)).toEqual([]);
    expect([drilled.rows, drilled.point?.consistentAt, between < now]).toEqual([200, between, true]);
  });

  test('that make a schema of their own are replayed with it', async () => {
    const drilled = await drill(dumps.all, { binlogs: join(place, 'later') });

    expect([bad(drilled), drilled.rows]).toEqual([[], 290]);
  });

  test('with statements that count time are run in the zone that the plan says, and not without it', async () => {
    const untold = await drill(dumps.named, { binlogs: join(place, 'zoned') });
    const told = await drill(dumps.named, { binlogs: join(place, 'zoned'), time: 'Asia/Tokyo' });

    expect([bad(untold), bad(told), told.zoned]).toEqual([['backup.unsupported'], [], zonedAt]);
  });

  test('of which one schema alone was dumped cannot be told apart where others change it by its name', async () => {
    const drilled = await drill(dumps.one, { binlogs: join(place, 'crossing') });

    expect(drilled.findings.filter(({ outcome }) => outcome !== 'passed').map(({ code, outcome }) => `${code} ${outcome}`)).toContain(
      'backup.unsupported inconclusive',
    );
  });

  test('M21: with a gap lead no further than the dump, and that is said', async () => {
    await rm(join(place, 'later/binlog.000001'));

    const drilled = await drill(dumps.one, { binlogs: join(place, 'later') });

    expect([bad(drilled), drilled.point?.kind]).toEqual([['backup.binlog-gap'], 'dump']);
  });

  test('cannot follow a dump that does not say where it was made', async () => {
    const drilled = await drill(dumps.unplaced);

    expect([bad(drilled), drilled.point?.kind]).toEqual([['backup.binlog-position-unknown'], 'dump']);
  });

  test('of another history are foreign', async () => {
    const drilled = await drill(dumps.one.replace(/(?<=gtid_slave_pos='0-7-)\d+/, '1'));

    expect([bad(drilled), drilled.rows]).toEqual([['backup.binlog-foreign'], 100]);
  });

  test('over a dump of another place than it says are refused, also where it does not say what came before', async () => {
    expect(bad(await drill(dumps.one.replace(/(?<=MASTER_LOG_POS=)\d+/, '4')))).toEqual(['backup.binlog-foreign']);
    expect(bad(await drill(placed('4')))).toEqual(['restore.binlog-refused']);
  });

  test.each<[string, () => Promise<Recovered>, string]>([
    ['at a place inside a transaction are foreign', () => drill(placed(inside)), 'backup.binlog-foreign failed'],
    [
      'that the server compressed are not read',
      () => drill(dumps.one, { binlogs: join(place, 'packed') }),
      'backup.unsupported inconclusive',
    ],
    ['of MySQL are not read', () => drill(dumps.one, { binlogs: join(place, 'mysql') }), 'backup.unsupported inconclusive'],
    [
      'over a dump that is later than the moment to recover to lead nowhere',
      () => drill(dumps.one.replace(/(?<=-- Dump completed on ).*/, '2020-01-01  0:00:00'), { target: { time: '2020-06-01T00:00:00Z' } }),
      'backup.unsupported inconclusive',
    ],
    [
      'after several dumps in one file have no one place',
      () => drill(dumps.one + dumps.one.replace(/(?<=MASTER_LOG_POS=)\d+/, '4')),
      'backup.unsupported inconclusive',
    ],
  ])('%s', async (_, drilled, expected) => {
    const { findings } = await drilled();

    expect(
      findings.filter(({ required, outcome }) => required && outcome !== 'passed').map(({ code, outcome }) => `${code} ${outcome}`),
    ).toEqual([expected]);
  });
});

/** A dump of one schema that says another place, and not what came before. */
function placed(at: string): string {
  return dumps.one.replace(/(?<=MASTER_LOG_POS=)\d+/, at).replace(/^-- SET GLOBAL gtid.*$/m, '');
}

/** The same logs as another server would have written them, with the right sum over it. */
async function renamed(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, preserveTimestamps: true });
  const file = join(to, 'binlog.000001');
  const bytes = await readFile(file);
  const [at, end] = [4, bytes.readUInt32LE(4 + 13)];
  bytes.write('8.0.40-log'.padEnd(50, '\0'), at + 19 + 2, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(at, end - 4)), end - 4);
  await writeFile(file, bytes);
}
