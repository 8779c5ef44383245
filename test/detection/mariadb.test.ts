import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bench, type Bench } from '../e2e/cli.ts';
import { startMariaServer, type MariaServer } from '../../src/demo/lakeside/maria-server.ts';

const run = promisify(execFile);

/** A small practice, with everything that a dump can lose without a word. */
const EHR = `
  create database ehr character set utf8mb4; use ehr;
  create table patient (id int auto_increment primary key, name varchar(100) not null, mood varchar(50), born date, seen timestamp null);
  insert into patient (name, mood, born, seen) select concat('patient ', seq), if(seq % 3 = 0, '😀 fine', 'fine'), '1980-01-01' + interval seq day,
    '2026-01-01 12:00:00' + interval seq minute from seq_1_to_2000;
  create table encounter (id int auto_increment primary key, patient int not null, at timestamp not null, note text,
    foreign key (patient) references patient (id), check (patient > 0));
  insert into encounter (patient, at, note) select seq, '2026-02-01 08:00:00' + interval seq minute, repeat(md5(seq), 3) from seq_1_to_2000;
  create table ward (code char(4) primary key, beds int) engine = MyISAM;
  insert into ward select concat('W', seq), seq from seq_1_to_60;
  create view chart as select p.name, p.seen from patient p where p.seen is not null;
  create trigger seen_now before update on patient for each row set new.seen = now();
  create procedure tidy() delete from patient where id < 0;
  create function beds_of(w char(4)) returns int deterministic return (select beds from ward where code = w);
  create event nightly on schedule every 1 second do insert into ward values ('EVNT', 0);
  create user app@'%' identified by 'app-secret'; grant select, insert on ehr.* to app@'%';`;

const FULL = ['--single-transaction', '--routines', '--events', '--triggers'];
let source: MariaServer;
beforeAll(async () => {
  source = await startMariaServer(['--default-time-zone=+05:00', '--event-scheduler=OFF']);
  await source.sql(EHR);
});
afterAll(() => source.stop());

const PLAN = `components:
  database:
    backup: { tool: mariadb-dump, from: FROM }
    probes:
      - integrity: full
      - inventory: {}
      - sql: { query: "select count(*) from patient where id > :least -- a comment", with: { least: 0 } }
        expect: { atLeast: 2000, atMost: 2000 }
      - sql: select exists (select 1 from patient)
      - newest: select max(seen) from patient
`;

const dump = (...options: readonly string[]): Promise<string> => source.client('mariadb-dump', [...options, 'ehr']);
const users = (): Promise<string> => source.client('mariadb-dump', ['--system=users']);

/** Code and outcome of what did not pass, and what decided. */
async function drilled(place: Bench, plan: string): Promise<{ readonly verdict: string; readonly said: readonly string[] }> {
  const { record, ran } = await place.drill(plan);
  const said = record.findings.filter(found => found.outcome !== 'passed' && found.required).map(found => found.code);
  return { verdict: record.verdict, said: [...said, ...record.reasons, ...(record.verdict === 'inconclusive' ? [ran.stderr] : [])] };
}

async function put(place: Bench, bytes: string | Buffer, name = 'ehr.sql'): Promise<void> {
  await rm(place.backups, { recursive: true, force: true });
  await mkdir(place.backups, { recursive: true });
  await writeFile(join(place.backups, name), bytes);
}

interface Case {
  readonly id: string;
  readonly mode: string;
  readonly code: string;
  readonly spoil: (place: Bench) => Promise<unknown>;
}

const cases: readonly Case[] = [
  {
    id: 'A01',
    mode: 'the output of a dump that failed, compressed',
    code: 'backup.truncated',
    spoil: async place => {
      const failed = await source.client('mariadb-dump', ['nosuchdb']).catch((error: unknown) => (error as { stdout: string }).stdout);
      await put(place, gzipSync(failed), 'ehr.sql.gz');
    },
  },
  { id: 'A01', mode: 'nothing at all, compressed', code: 'backup.empty', spoil: place => put(place, gzipSync(''), 'ehr.sql.gz') },
  {
    id: 'A04',
    mode: 'the words of an error instead of a dump',
    code: 'backup.not-a-dump',
    spoil: place => put(place, 'mariadb-dump: Got error: 2002: "Can\'t connect to local server"\n'),
  },
  {
    id: 'A06',
    mode: 'cut off by a full disk, then compressed',
    code: 'backup.truncated',
    spoil: async place => put(place, gzipSync((await dump(...FULL)).slice(0, 60_000)), 'ehr.sql.gz'),
  },
  { id: 'A08', mode: 'cut off', code: 'backup.truncated', spoil: async place => put(place, (await dump(...FULL)).slice(0, 60_000)) },
  {
    id: 'M01',
    mode: 'made without routines and events',
    code: 'inventory.object-missing',
    spoil: async place => put(place, await dump('--single-transaction')),
  },
  {
    id: 'M02',
    mode: 'with a view whose account is not there',
    code: 'inventory.view-unusable',
    spoil: async place =>
      put(place, (await dump(...FULL)).replaceAll('/*!50013 DEFINER=`root`@`localhost`', '/*!50013 DEFINER=`gone`@`%`')),
  },
  {
    id: 'M02',
    mode: 'with a trigger whose account is not there',
    code: 'inventory.definer-missing',
    spoil: async place =>
      put(place, (await dump(...FULL)).replaceAll('/*!50017 DEFINER=`root`@`localhost`', '/*!50017 DEFINER=`gone`@`%`')),
  },
  {
    id: 'M03',
    mode: 'whose accounts were not dumped any more',
    code: 'inventory.object-missing',
    spoil: async place => put(place, await dump(...FULL)),
  },
  {
    id: 'M04',
    mode: 'in a character set that knows no emoji',
    code: 'inventory.text-narrowed',
    spoil: async place => put(place, await dump(...FULL, '--default-character-set=utf8mb3')),
  },
  {
    id: 'M05',
    mode: 'whose times are in the zone of the source and do not say so',
    code: 'inventory.times-shifted',
    spoil: async place => put(place, await dump(...FULL, '--skip-tz-utc')),
  },
  {
    id: 'M09',
    mode: 'ended by a view that is broken in the source',
    code: 'backup.truncated',
    spoil: async place => {
      await source.sql('create table ehr.tmp (a int); create view ehr.aaa as select a from ehr.tmp; drop table ehr.tmp');
      const failed = await dump(...FULL).catch((error: unknown) => (error as { stdout: string }).stdout);
      await source.sql('drop view ehr.aaa');
      await put(place, failed);
    },
  },
  {
    id: 'M11',
    mode: 'in which a table changed while it was dumped and came out without rows',
    code: 'inventory.rows-missing',
    spoil: async place => put(place, (await dump(...FULL)).replaceAll(/INSERT INTO `encounter` VALUES[\s\S]*?;\n/g, '')),
  },
  {
    id: 'P06',
    mode: 'without the rows of a table that was left out',
    code: 'inventory.data-left-out',
    spoil: async place => put(place, await dump(...FULL, '--ignore-table-data=ehr.encounter')),
  },
];

describe('after a healthy dump, every mode of MariaDB that concerns dumps is seen: one', () => {
  let place: Bench;
  let plan: string;
  beforeAll(async () => {
    place = await bench({ inProcess: true });
    plan = await place.plan('lakeside-ehr', PLAN.replaceAll('FROM', place.backups));
    await put(place, await dump(...FULL));
    await writeFile(join(place.backups, 'users.sql'), await users());
    expect(await drilled(place, plan)).toEqual({ verdict: 'passed', said: [] });
  });
  afterAll(() => place.remove());

  test.each(cases.map(one => [one.id, one.mode, one] as const))('%s: %s', async (_id, _mode, one) => {
    await one.spoil(place);

    const { verdict, said } = await drilled(place, plan);

    expect({ verdict, said }).toEqual({ verdict: 'failed', said: expect.arrayContaining([one.code]) as string[] });
  });
});

describe('healthy dumps pass without alarm', () => {
  test.each([
    ['as it is', async () => dump(...FULL)],
    ['by several schemas, with CREATE DATABASE (M14)', async () => source.client('mariadb-dump', [...FULL, '--databases', 'ehr'])],
    [
      'without the line of the sandbox mode (M13), with an INSERT for each row',
      async () => (await dump(...FULL, '--skip-extended-insert')).replace(/^.*\n/, ''),
    ],
    ['compressed by xz', async () => packed('xz', await dump(...FULL, '--hex-blob', '--complete-insert'))],
    ['compressed by zstd', async () => packed('zstd', await dump(...FULL, '--replace'))],
  ])('%s', async (_, make) => {
    const place = await bench({ inProcess: true });
    try {
      const bytes = await make();
      // A dump that makes its schema itself is asked there.
      const patient = bytes.includes('CREATE DATABASE') ? 'from ehr.patient' : 'from patient';
      const plan = await place.plan('lakeside-ehr', PLAN.replaceAll('FROM', place.backups).replaceAll('from patient', patient));
      await put(place, bytes, 'ehr-2026.sql');

      const { record, ran } = await place.drill(plan);

      expect(
        record.findings.filter(found => found.outcome !== 'passed' && found.required),
        ran.stderr,
      ).toEqual([]);
      expect(record.verdict).toBe('passed');
      const codes = record.findings.map(found => found.code);
      expect(codes).toEqual(expect.arrayContaining(['restore.ok', 'inventory.rows-ok', 'integrity.ok', 'sql.ok', 'freshness.ok']));
      // M22: the event of the source adds a row every second.
      expect(JSON.stringify(record)).toContain('"event_scheduler":"OFF"');
    } finally {
      await place.remove();
    }
  });
});

async function packed(program: string, text: string): Promise<Buffer> {
  const packing = run(program, ['-c'], { encoding: 'buffer', maxBuffer: 64 << 20 });
  packing.child.stdin?.end(text);
  return (await packing).stdout;
}
