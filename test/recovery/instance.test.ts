import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, cp, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startMariaServer, type MariaServer } from '../../src/demo/lakeside/maria-server.ts';
import { bench, type Bench, type Ran } from '../e2e/cli.ts';
import { freePort } from '../fixtures/free-port.ts';
import { keepLogs } from '../fixtures/mariabackup-drilling.ts';

const ROOT = process.getuid?.() === 0;
const ME = userInfo().username;
const OWNER = ROOT ? 'mysql' : ME;
const KEY = '1;a7addd9adea9978fda19f21e6be987880e68ac92632ca052e5bb42b1a506939a\n';

let drills: Bench;
let source: MariaServer;
let sockets: string;
const started: string[] = [];

/** Two tables, one of them encrypted, an account with a password, and a root whose password is not known. */
beforeAll(async () => {
  drills = await bench();
  await writeFile(join(drills.folder, 'keys'), KEY, { mode: 0o600 });
  await writeFile(join(drills.folder, 'server-keys'), KEY);
  const keys = [
    '--plugin-load=file_key_management=file_key_management',
    `--file-key-management-filename=${join(drills.folder, 'server-keys')}`,
  ];
  source = await startMariaServer([...keys, '--log-bin=binlog', '--server-id=7', '--binlog-format=row']);
  await source.sql(`create database test; create database lis; use lis;
    create table specimen (id int primary key, accession varchar(20)); insert into specimen select seq, concat('L26-', seq) from seq_1_to_500;
    create view open_work as select id from specimen where id > 490;
    create user app@localhost identified by 'app-secret'; grant select on lis.* to app@localhost`);
  sockets = join(drills.folder, 'sockets');
  await mkdir(sockets);
  if (ROOT) execFileSync('chown', [OWNER, sockets]);
  await chmod(drills.folder, 0o755);
});

afterAll(async () => {
  for (const folder of started) await end(folder);
  await source.stop();
  await drills.remove();
});

async function end(folder: string): Promise<void> {
  const file = join(folder, 'mariadbd.pid');
  if (!existsSync(file)) return;
  process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  while (existsSync(`/proc/${readFileSync(file, 'utf8').trim()}`)) await new Promise(resolve => setTimeout(resolve, 50));
}

interface Case {
  readonly plan: string;
  readonly into: string;
  readonly folder: string;
  readonly socket: string;
  readonly port: number;
  recover(...more: readonly string[]): Promise<Ran>;
  /** As whoever recovers. */
  sql(text: string): string;
}

async function caseOf(name: string, backup: string, { more = '', table = 'lis.specimen' } = {}): Promise<Case> {
  const folder = join(drills.folder, `${name}-data`);
  const socket = join(sockets, `${name}.sock`);
  const port = await freePort();
  const plan = await drills.plan(
    name,
    `contract: { rto: 4h, rpo: 9000d }
system: { name: Laboratory }
components:
  database:
    backup: ${backup}
    probes:
      - integrity: full
      - inventory: {}
      - sql: select count(*) from ${table}
        expect: { equals: 500 }
`,
  );
  const into = join(drills.folder, `${name}-target.yaml`);
  const place = `{ folder: ${folder}, owner: ${OWNER}, port: ${String(port)}, socket: ${socket}${more} }`;
  await writeFile(into, `target: spare\ncomponents: { database: { instance: ${place} } }\n`);
  started.push(folder);
  const asked = ['--no-defaults', `--socket=${socket}`, `--user=${ME}`, '-NBe'];
  return {
    ...{ plan, into, folder, socket, port },
    recover: (...rest) => drills.run(['recover', plan, '--into', into, '--confirm', 'Laboratory', ...rest]),
    sql: text => execFileSync('mariadb', [...asked, text], { encoding: 'utf8' }).trim(),
  };
}

async function backedUp(name: string): Promise<string> {
  const folder = join(drills.folder, name);
  await mkdir(folder);
  await source.client('mariabackup', ['--backup', `--datadir=${source.data}`, `--target-dir=${folder}/one`]);
  return folder;
}

const OURS = "select count(*) from mysql.global_priv where user = 'resurgam_drill'";

test('a server comes back from mariabackup, with its own accounts and without ours', async () => {
  const from = await backedUp('physical');
  const lab = await caseOf('physical-lab', `{ tool: mariabackup, from: ${from} }`);

  const listed = await lab.recover('--dry-run');
  const ran = await lab.recover();

  expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining(`${lab.folder}, a server of ${OWNER} on port`)]);
  expect([ran.code, ran.stdout], ran.stderr).toEqual([0, expect.not.stringContaining('Look into this')]);
  expect(lab.sql(`select count(*) from lis.open_work; ${OURS}; select @@datadir`)).toBe(`10\n0\n${lab.folder}/`);
  const over = ['--no-defaults', '--protocol=TCP', '--host=127.0.0.1', `--port=${String(lab.port)}`, '--user=app', '--password=app-secret'];
  expect(execFileSync('mariadb', [...over, '-NBe', 'select max(id) from lis.specimen'], { encoding: 'utf8' }).trim()).toBe('500');
  expect((await lab.recover()).stderr).toContain('is not empty');
});

test('nothing in a backup acts by itself in the recovered server, or leads out of its folder', async () => {
  await source.sql("change master to master_host = '127.0.0.1', master_port = 1, master_user = 'x'; start slave");
  const from = await backedUp('acting');
  for (const name of readdirSync(source.data).filter(one => /^(?:master\.info|relay-log\.info|\S+-relay-bin\.\S+)$/.test(one)))
    await cp(join(source.data, name), join(from, 'one', name));
  await source.sql('stop slave; reset slave all');
  await writeFile(join(from, 'one/my.cnf'), '[mariadbd]\ninit_connect = broken\n');
  await writeFile(join(from, 'one/lis/stray.isl'), '/etc/passwd');
  const lab = await caseOf('acting-lab', `{ tool: mariabackup, from: ${from} }`);

  const ran = await lab.recover();

  expect(ran.code, ran.stderr).toBe(0);
  expect(lab.sql("show global status like 'slave_running'; show global variables like 'init_connect'")).toBe(
    'Slave_running\tOFF\ninit_connect',
  );
  expect(readdirSync(join(lab.folder, 'lis')).filter(name => name.endsWith('.isl'))).toEqual([]);
  expect(readFileSync(join(lab.folder, 'my.cnf'), 'utf8')).toContain('Written by Resurgam');
});

test('cut off after its very last move, it goes on there', async () => {
  const lab = await caseOf('again', `{ tool: mariabackup, from: ${join(drills.folder, 'physical')} }`);
  await lab.recover();
  await end(lab.folder);
  const file = join(drills.home, 'recoveries/lakeside.again.json');
  const kept = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>;
  await writeFile(file, JSON.stringify({ ...kept, finished: false, done: [], placing: 'database/bring' }));

  const ran = await lab.recover('--resume');

  expect(ran.code, ran.stderr).toBe(0);
  expect(lab.sql('select count(*) from lis.specimen')).toBe('500');
});

test('a dump becomes a server of its own, in which nobody is root but whoever recovered', async () => {
  const folder = join(drills.folder, 'dump');
  await mkdir(folder);
  const text = await source.client('mariadb-dump', ['--single-transaction', '--routines', '--databases', 'lis']);
  await writeFile(join(folder, 'lis.sql'), text);
  const lab = await caseOf('dumped', `{ tool: mariadb-dump, from: ${folder} }`);

  const ran = await lab.recover();

  expect(ran.code, ran.stderr).toBe(0);
  expect(lab.sql(`select count(*) from lis.open_work; ${OURS}; show databases like 'database'`)).toBe('10\n0');
  const others = ['--no-defaults', `--socket=${lab.socket}`, '--user=root', '-e', 'select 1'];
  const asOther = ROOT ? { uid: 65534, gid: 65534 } : {};
  expect(() => execFileSync('mariadb', others, { stdio: 'pipe', ...asOther })).toThrow(/Access denied/);
});

test('a dump without the name of a database gets one, its binary logs follow, and objects that are nobody’s belong to an account that is locked', async () => {
  const folder = join(drills.folder, 'nameless');
  await mkdir(folder);
  const text = await source.client('mariadb-dump', ['--single-transaction', '--master-data=2', 'lis']);
  await writeFile(join(folder, 'lis.sql'), text.replaceAll(/\/\*!50013 DEFINER=\S+ SQL SECURITY DEFINER \*\/\n/g, ''));
  await source.sql(
    'use lis; create table later (id int); insert into later values (1); use test; create table later (id int); flush binary logs',
  );
  await keepLogs(source, join(drills.folder, 'binlogs'));
  await source.sql('drop table lis.later');
  const backup = `{ tool: mariadb-dump, from: ${folder}, binlogs: ${join(drills.folder, 'binlogs')} }`;
  const lab = await caseOf('nameless', backup, { more: ', database: lis', table: 'specimen' });
  const elsewhere = await caseOf('nameless-elsewhere', backup, { more: ', database: copy', table: 'specimen' });

  const drilled = await drills.drill(lab.plan);
  const [ran, refused] = [await lab.recover(), await elsewhere.recover()];

  expect([drilled.record.verdict, ran.code], ran.stdout + ran.stderr).toEqual(['passed', 0]);
  expect(refused.stderr).toContain('the binary logs that follow the dump are those of lis, and cannot follow it to copy');
  expect([drilled.record.recoveryPoints[0]?.kind, lab.sql('select count(*) from lis.later')]).toEqual(['pitr', '1']);
  expect(lab.sql(`select count(*) from lis.open_work; ${OURS}`)).toBe('10\n1');
  expect(lab.sql('show grants for resurgam_drill@localhost')).toMatch(
    /^GRANT USAGE ON \*\.\*.*\nGRANT ALL PRIVILEGES ON `lis`\.\* TO \S+$/,
  );
  const ours = ['--no-defaults', `--socket=${lab.socket}`, '--user=resurgam_drill', '-e', 'select 1'];
  expect(() => execFileSync('mariadb', ours, { stdio: 'pipe' })).toThrow(/Access denied|account is locked/);
  const records = join(drills.home, 'ledger/lakeside/recoveries');
  const said = readdirSync(records).map(name => readFileSync(join(records, name), 'utf8'));
  expect(said.filter(one => one.includes('does not say whose 1 of its views')).length).toBe(1);
});

test('a dump of everything brings its own accounts, and whoever recovers is let in beside them', async () => {
  const folder = join(drills.folder, 'everything');
  await mkdir(folder);
  await writeFile(join(folder, 'all.sql'), await source.client('mariadb-dump', ['--single-transaction', '--routines', '--all-databases']));
  const lab = await caseOf('everything-lab', `{ tool: mariadb-dump, from: ${folder} }`);

  const ran = await lab.recover();

  expect(ran.code, ran.stderr).toBe(0);
  expect(lab.sql(`select count(*) from mysql.global_priv where user = 'app'; ${OURS}`)).toBe('1\n0');
});

test('encrypted tables need the file of their keys in the target, and can be read then', async () => {
  await source.sql('alter table lis.specimen encrypted = yes encryption_key_id = 1');
  const from = await backedUp('encrypted');
  const backup = `{ tool: mariabackup, from: ${from}, encryption: { keys: { file: ${join(drills.folder, 'keys')} } } }`;
  const without = await caseOf('locked', backup);
  const lab = await caseOf('opened', backup, { more: `, keys: ${join(drills.folder, 'server-keys')}` });

  const refused = await without.recover();
  const ran = await lab.recover();

  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('its tables are encrypted: expected keys: in the target')]);
  expect(ran.code, ran.stderr).toBe(0);
  expect(lab.sql('select count(*) from lis.specimen')).toBe('500');
});
