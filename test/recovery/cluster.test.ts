import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { preparePart, takePlace } from '../../src/recovery/server.ts';
import { bench, type Bench, type Ran } from '../e2e/cli.ts';
import { startArchivingSource, type ArchivingSource } from '../fixtures/archiving-source.ts';
import { freePort } from '../fixtures/free-port.ts';

const ROOT = process.getuid?.() === 0;
const OWNER = ROOT ? 'postgres' : userInfo().username;
const BIN = '/usr/lib/postgresql/15/bin';

let drills: Bench;
let source: ArchivingSource;
let plan: string;
/** A disk of its own, where that can be made. */
let disk: string;
let into: string;
let port: number;

/** A base backup with a tablespace, and more rows in the log after it. */
beforeAll(async () => {
  [drills, source, disk, port] = await Promise.all([bench(), startArchivingSource(), mkdtemp('/tmp/rsg-disk-'), freePort()]);
  const { server, folder } = source;
  const space = join(server.socket, 'space');
  await mkdir(space);
  if (ROOT) await chown(space, 65534, 65534);
  await server.sql('ehr', `create tablespace rooms location '${space}'`);
  await server.sql('ehr', 'create table room tablespace rooms as select generate_series(1, 50) as n');
  await source.addRows(100);
  await mkdir(join(folder, 'base'));
  await server.client('pg_basebackup', ['-D', join(folder, 'base/one'), '-c', 'fast', '-T', `${space}=${folder}/base/one-space`]);
  await source.addRows(100);
  plan = await drills.plan(
    'ehr',
    `contract: { rto: 4h, rpo: 9000d }
system: { name: EHR }
components:
  database:
    backup: { tool: pg-basebackup, from: ${folder}/base, wal: ${folder}/archive, tablespaces: ${folder}/base }
    probes:
      - integrity: full
      - sql: select count(*) from visit
        expect: { equals: 200 }
`,
  );
  if (ROOT) execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=755', 'tmpfs', disk]);
  await chmod(disk, 0o755);
  await mkdir(join(drills.folder, 'socket'));
  if (ROOT) execFileSync('chown', ['postgres', join(drills.folder, 'socket')]);
  into = join(drills.folder, 'target.yaml');
  const place = `{ folder: ${disk}/main, owner: ${OWNER}, port: ${String(port)}, socket: ${drills.folder}/socket }`;
  await writeFile(into, `target: spare\ncomponents: { database: { cluster: ${place} } }\n`);
});

afterAll(async () => {
  if (existsSync(join(disk, 'main/postmaster.pid')))
    execFileSync(`${BIN}/pg_ctl`, ['-D', join(disk, 'main'), '-m', 'immediate', '-w', 'stop'], ROOT ? idsOf('postgres') : {});
  if (ROOT) execFileSync('umount', ['-l', disk]);
  await source.stop();
  await drills.remove();
  await rm(disk, { recursive: true, force: true });
});

function idsOf(name: string): { readonly uid: number; readonly gid: number; readonly cwd: string } {
  const id = (what: string): number => Number(execFileSync('id', [what, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g'), cwd: '/' };
}

function recover(...more: readonly string[]): Promise<Ran> {
  return drills.run(['recover', plan, '--into', into, '--confirm', 'EHR', ...more]);
}

function psql(query: string): string {
  const at = ['-h', join(drills.folder, 'socket'), '-p', String(port), '-U', 'postgres', '-d', 'ehr'];
  return execFileSync('psql', ['-XAtqc', query, ...at], { encoding: 'utf8' }).trim();
}

function entries(): readonly string[] {
  const text = readFileSync(join(drills.home, 'ledger/lakeside/ledger.jsonl'), 'utf8');
  const payloads = text
    .trimEnd()
    .split('\n')
    .map(line => (JSON.parse(line) as { payload: string }).payload);
  const types = payloads.map(one => (JSON.parse(Buffer.from(one, 'base64').toString()) as { predicateType: string }).predicateType);
  return types.map(type => type.split('/').at(-2) ?? '').filter(kind => kind.startsWith('recovery'));
}

const state = (): string => join(drills.home, 'recoveries/lakeside.ehr.json');

test.runIf(ROOT)('a folder on which a disk is mounted is refused: nothing could be put there in one move', async () => {
  const whole = join(drills.folder, 'whole.yaml');
  await writeFile(whole, (await readFile(into, 'utf8')).replace(`${disk}/main`, disk));

  const ran = await drills.run(['recover', plan, '--into', whole, '--dry-run']);

  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('is where a disk is mounted')]);
});

test('a backup that is damaged is put nowhere, and can be given up', async () => {
  const folder = join(source.folder, 'base/one/base/5');
  // Of any table that has a page: which file comes first is the file system's affair.
  const [file = ''] = readdirSync(folder).filter(name => /^\d+$/.test(name) && statSync(join(folder, name)).size > 4_100);
  const path = join(folder, file);
  const whole = await readFile(path);
  await writeFile(path, Buffer.from(whole).fill(0xa5, 4_000, 4_100));

  const ran = await recover();
  await writeFile(path, whole);
  await mkdir(join(disk, 'main.resurgam-part'));
  const again = await recover();
  const abandoned = await recover('--abandon');

  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('Nothing of it was put in place')]);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('--abandon')]);
  expect([abandoned.code, abandoned.stdout]).toEqual([
    0,
    expect.stringMatching(/was given up\.\n {2}taken away, beside database: .*main\n$/),
  ]);
  expect(entries()).toEqual(['recovery-started', 'recovery-finished']);
  expect([readdirSync(disk), (await drills.run(['verify', join(drills.home, 'ledger/lakeside')])).code]).toEqual([[], 0]);
  expect((await recover('--abandon')).stderr).toContain('no recovery of ehr is open');
});

test.runIf(ROOT)(
  'a disk that fills up is said, keeps nothing half done, and once there is room the recovery goes on',
  async () => {
    const full = await recover();
    const left = readdirSync(disk);
    execFileSync('mount', ['-o', 'remount,size=512m', disk]);
    const resumed = await recover('--resume');

    expect([full.code, full.stderr, left]).toEqual([
      1,
      expect.stringMatching(/the disk of \S+ is full\n {2}Make room, then go on with --resume/),
      [],
    ]);
    expect([resumed.code, resumed.stdout], resumed.stderr).toEqual([0, expect.not.stringContaining('Look into this')]);
    expect(psql('select (select count(*) from visit), (select count(*) from room)')).toBe('200|50');
    expect(psql("select pg_tablespace_location(oid) from pg_tablespace where spcname = 'rooms'")).toMatch(
      new RegExp(`^${disk}/main.tablespaces/\\d+$`),
    );
    expect(readdirSync(disk).sort()).toEqual(['main', 'main.tablespaces']);
  },
  180_000,
);

test.runIf(ROOT)('what would write was not asked, and is named', async () => {
  const folder = join(drills.home, 'ledger/lakeside/recoveries');
  const records = await Promise.all(readdirSync(folder).map(name => readFile(join(folder, name), 'utf8')));
  const { limitations } =
    records.map(text => JSON.parse(text) as { verdict: string; limitations: readonly string[] }).find(one => one.verdict === 'passed') ??
    {};

  expect(limitations).toContain('Of database the probe integrity was not asked: it would write.');
});

test.runIf(ROOT)('a dump is put into a server on another port than the usual one', async () => {
  psql('create database spare');
  const place = { at: { socket: join(drills.folder, 'socket'), port, user: 'postgres', database: 'spare' }, recovery: 'r-1' };

  const target = await preparePart(place);
  await target.sql('create table came_back (n int)');
  await takePlace(place, 'database');

  expect(target.clientEnv['PGPORT']).toBe(String(port));
  expect(psql("select count(*) from pg_database where datname ~ '^spare'")).toBe('1');
});

test.runIf(ROOT)(
  'a process that is killed after its very last move goes on after it',
  async () => {
    const kept = JSON.parse(await readFile(state(), 'utf8')) as Readonly<Record<string, unknown>>;
    await writeFile(state(), JSON.stringify({ ...kept, finished: false, done: [], placing: 'database/bring' }));

    const ran = await recover('--resume');

    expect([ran.code, ran.stderr.includes('[')], ran.stderr).toEqual([0, true]);
    expect(psql('select count(*) from visit')).toBe('200');
  },
  180_000,
);
