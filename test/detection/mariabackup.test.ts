import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../src/probe/sql/sql.ts';
import { backUp, bad, drillBackup } from '../fixtures/mariabackup-drilling.ts';
import { startMariaServer, type MariaServer } from '../../src/demo/lakeside/maria-server.ts';
import type { Recovered } from '../fixtures/recovering.ts';
import { GO_ON, questionTo } from '../fixtures/running-source.ts';

const run = promisify(execFile);
let source: MariaServer;
let good: string;
/** Files of tables as they were before and after the backups. */
let early: Record<string, Buffer> = {};
let late: Record<string, Buffer> = {};

/** A full backup and two increments of a source that is written to in between. */
beforeAll(async () => {
  source = await startMariaServer();
  good = await mkdtemp('/tmp/rsg-mariabackup-');
  await source.sql(`create database ehr; use ehr;
    create table patient (id int auto_increment primary key, name varchar(100), key (name));
    insert into patient (name) select md5(seq) from seq_1_to_20000;
    create table \`lab-würde\` (id int primary key) partition by hash (id) partitions 2;
    create table letter (id int primary key, body text, fulltext (body));
    create table visit (id int primary key, state int); insert into visit select seq, 0 from seq_1_to_20000;
    create table bill (id int primary key, state int, key (state)); insert into bill select seq, 0 from seq_1_to_20000;
    create table note (id int primary key, body text); insert into note select seq, md5(seq) from seq_1_to_500;`);
  const backup = (name: string, base?: string): Promise<string> =>
    backUp(source, join(good, name), base === undefined ? [] : [`--incremental-basedir=${join(good, base)}`]);
  const states = (state: number): string => `update ehr.visit set state = ${state}; update ehr.bill set state = ${state}`;
  await source.settle();
  early = await tableFiles();
  await source.sql(states(1));
  await source.settle();
  await backup('full');
  await source.sql('use ehr; insert into note select seq, md5(seq) from seq_501_to_1000');
  await backup('inc-1', 'full');
  await source.sql('use ehr; insert into note select seq, md5(seq) from seq_1001_to_1500');
  await backup('inc-2', 'inc-1');
  await source.sql(states(2));
  await source.settle();
  late = await tableFiles();
});
afterAll(async () => {
  await source.stop();
  await rm(good, { recursive: true, force: true });
});

async function tableFiles(): Promise<Record<string, Buffer>> {
  const read = (name: string): Promise<Buffer> => readFile(join(source.data, 'ehr', `${name}.ibd`));
  return { visit: await read('visit'), bill: await read('bill') };
}

const drill = (spoil: (store: string) => Promise<unknown>): Promise<Recovered> =>
  drillBackup({ good, spoil, counted: 'select count(*) as n from ehr.note' });
const kinds = ({ listing }: Recovered): readonly string[] => listing.points.map(({ kind }) => kind);
const onlyFull = (store: string): Promise<unknown> =>
  Promise.all(['inc-1', 'inc-2'].map(name => rm(join(store, name), { recursive: true })));

test('a full backup with its increments comes back as of the last one', async () => {
  const drilled = await drill(() => Promise.resolve());

  expect(bad(drilled)).toEqual([]);
  expect(kinds(drilled)).toEqual(['incremental', 'incremental', 'full']);
  expect(drilled.rows).toBe(1500);
});

test('M15: what was prepared when it was made passes too', async () => {
  const drilled = await drill(async store => {
    await onlyFull(store);
    await run('mariabackup', ['--no-defaults', '--prepare', `--target-dir=${join(store, 'full')}`]);
  });

  expect([bad(drilled), drilled.rows]).toEqual([[], 500]);
});

test('M16: a corrupt page is found, although preparing says that all is well', async () => {
  const drilled = await drill(async store => {
    const file = await open(join(store, 'full/ehr/patient.ibd'), 'r+');
    await file.write(Buffer.alloc(64, 0x55), 0, 64, 16_384 * 20 + 4_000);
    await file.close();
  });

  expect(bad(drilled)).toContain('restore.corrupt');
});

describe('M18: a table file from two moments', () => {
  /** The first half of one file, the rest of another. */
  const mixed =
    (table: string, [first, rest]: readonly [Buffer | undefined, Buffer | undefined]) =>
    async (store: string) => {
      await onlyFull(store);
      const path = join(store, `full/ehr/${table}.ibd`);
      const own = await readFile(path);
      const half = 20 * 16_384;
      await writeFile(path, Buffer.concat([(first ?? own).subarray(0, half), (rest ?? own).subarray(half)]));
    };

  test('that is newer than the backup in part is found by its pages', async () => {
    const drilled = await drill(mixed('visit', [undefined, late['visit']]));

    expect(bad(drilled)).toContain('restore.mixed-moments');
  });

  test('that is newer in part is found too in a backup that was prepared when it was made', async () => {
    const drilled = await drill(async store => {
      await run('mariabackup', ['--no-defaults', '--prepare', `--target-dir=${join(store, 'full')}`]);
      await mixed('visit', [undefined, late['visit']])(store);
    });

    expect(bad(drilled)).toContain('restore.mixed-moments');
  });

  test('that is older in part is found by its indexes', async () => {
    const drilled = await drill(mixed('bill', [early['bill'], undefined]));

    expect(drilled.findings.filter(({ outcome }) => outcome === 'failed')).toMatchObject([
      { code: 'integrity.index-corrupt', object: 'ehr.bill' },
    ]);
  });

  test('that is older in part, without an index on what changed, is found by a question of the plan alone', async () => {
    const said: unknown[] = [];
    const drilled = await drillBackup({
      ...{ good, spoil: mixed('visit', [early['visit'], undefined]), counted: 'select count(*) as n from ehr.visit' },
      ask: async running => {
        const query = { query: 'select count(*) from ehr.visit where state <> 1', with: {}, write: false };
        const question = questionTo(running, { options: { ...query, expect: { equals: 0 } } });
        said.push(...(await sql.ask(question, GO_ON)).findings.map(({ code, outcome }) => `${code} ${outcome}`));
      },
    });

    expect([bad(drilled), drilled.rows]).toEqual([[], 20_000]);
    expect(said).toEqual(['sql.unexpected failed']);
  });
});

test('M17: a table file that is missing is found', async () => {
  const drilled = await drill(async store => {
    await onlyFull(store);
    await rm(join(store, 'full/ehr/patient.ibd'));
  });

  expect(bad(drilled).some(code => ['integrity.table-unreadable', 'restore.not-prepared'].includes(code))).toBe(true);
});

test('M17: a table all of whose files are missing is found', async () => {
  const drilled = await drill(async store => {
    await onlyFull(store);
    for (const name of ['frm', 'ibd']) await rm(join(store, `full/ehr/patient.${name}`));
  });

  expect(drilled.findings.find(({ outcome }) => outcome === 'failed')).toMatchObject({
    code: 'integrity.table-unreadable',
    object: 'ehr.patient',
  });
});

test('M17: an increment whose base is gone is no recovery point, and that is said', async () => {
  const drilled = await drill(store => rm(join(store, 'inc-1'), { recursive: true }));

  expect(bad(drilled)).toContain('backup.newer-incomplete');
  expect(kinds(drilled)).toEqual(['full']);
});

test('a backup that was not finished is no recovery point', async () => {
  const drilled = await drill(async store => {
    await rm(join(store, 'inc-2/xtrabackup_checkpoints'));
    // Long enough ago for it not to be in the making.
    const hourAgo = new Date(Date.now() - 3_600_000);
    await run('find', [join(store, 'inc-2'), '-type', 'f', '-exec', 'touch', '-d', hourAgo.toISOString(), '{}', '+']);
    await run('find', [store, '-path', '*/inc-2', '-prune', '-o', '-type', 'f', '-exec', 'touch', '-d', '2 days ago', '{}', '+']);
  });

  expect(bad(drilled)).toContain('backup.newer-incomplete');
});

test('a log that was cut cannot be prepared', async () => {
  const drilled = await drill(store => truncate(join(store, 'full/ib_logfile0'), 0));

  expect(bad(drilled)).toContain('restore.not-prepared');
});
