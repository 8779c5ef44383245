import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeEhr } from '../../src/demo/lakeside/ehr.ts';
import { SECRETS } from '../../src/demo/lakeside/place.ts';
import type { Ran, Running } from '../e2e/cli.ts';
import { freePort } from '../fixtures/free-port.ts';
import { sample, type Sample } from '../systems/sample.ts';

const ROOT = process.getuid?.() === 0;
const ACCOUNT = 'uid=doe-jane-1,ou=people,dc=lakeside,dc=example';

let ehr: Sample;
let place: string;
let plan: string;
let into: string;
let ports: { readonly database: number; readonly directory: number; readonly application: number };

beforeAll(async () => {
  ehr = await sample('ehr-system', 'ehr', at => makeEhr(at, { rows: 5_000 }));
  place = await mkdtemp('/tmp/rsg-fresh-');
  await chmod(place, 0o755);
  ports = { database: await freePort(), directory: await freePort(), application: await freePort() };
  await mkdir(join(place, 'socket'));
  if (ROOT) await chown(join(place, 'socket'), idOf('postgres'), idOf('postgres'));
  ehr.spoilt('real', 'true');
  // How fast people are answered is no matter here, and not this machine's best side.
  plan = ehr.planOf('real', text =>
    text.replace('port: 8080', `port: ${String(ports.application)}`).replaceAll(/within: \ds/g, 'within: 1m'),
  );
  into = join(place, 'target.yaml');
  await writeFile(into, targetText());
});

afterAll(async () => {
  for (const pid of ours()) process.kill(pid, 'SIGKILL');
  await ehr[Symbol.asyncDispose]();
  await rm(place, { recursive: true, force: true });
});

function idOf(name: string): number {
  return Number(execFileSync('id', ['-u', name], { encoding: 'utf8' }));
}

function targetText(): string {
  const owner = (name: string): string => (ROOT ? name : userInfo().username);
  const { database, directory } = ports;
  return `target: spare-rack
components:
  database: { cluster: { folder: ${place}/cluster, owner: ${owner('postgres')}, port: ${String(database)}, socket: ${place}/socket } }
  documents: { folder: ${place}/documents }
  directory: { directory: { folder: ${place}/directory, owner: ${owner('openldap')}, port: ${String(directory)} } }
  interface: { folder: ${place}/interface }
  application: { here: true }
`;
}

/** What was started over the recovered files. */
function ours(): readonly number[] {
  const cmdline = (pid: string): string => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && cmdline(name).includes(`${place}/`))
    .map(Number);
}

function start(...more: readonly string[]): Running {
  return ehr.drills.start(['recover', plan, '--into', into, '--confirm', 'Lakeside EHR, whole', ...more]);
}

function psql(query: string): string {
  const at = ['-h', join(place, 'socket'), '-p', String(ports.database), '-U', 'postgres', '-d', 'ehr'];
  return execFileSync('psql', ['-XAtq', ...at, '-c', query], { encoding: 'utf8' }).trim();
}

const SENT = "select count(*) from clinic.interface_message where control_id = 'DRILL0001'";

/** Killed while it asks, once the synthetic message has come into the recovered system. */
async function killedOnceItHasSent(): Promise<Ran> {
  const running = start('--resume');
  const isOver = running.ended.then(() => true);
  const later = (): Promise<boolean> => new Promise(resolve => setTimeout(resolve, 50, false));
  await Promise.race([running.seen('Ask what a drill would ask …'), running.ended]);
  while (!(await Promise.race([isOver, later()])) && psql(SENT) !== '1');
  running.kill('SIGKILL');
  return running.ended;
}

/** Killed while the files of the cluster are put beside their place. */
async function killedInTheMiddle(): Promise<Ran> {
  const running = start();
  const watcher = watch(place, (_, name) => {
    if (name === 'cluster.resurgam-part') running.kill('SIGKILL');
  });
  const ran = await running.ended;
  watcher.close();
  return ran;
}

test('the whole EHR is recovered into fresh places, although it is killed twice, and people can work with it', async () => {
  const first = await killedInTheMiddle();
  const afterFirst = existsSync(join(place, 'cluster'));
  const cut = await killedOnceItHasSent();
  const last = await start('--resume').ended;

  expect([first.code, afterFirst, cut.code], cut.stderr).toEqual([null, false, null]);
  expect([last.code, last.stdout], last.stderr).toEqual([0, expect.stringContaining('passed: Read that message back')]);
  expect(last.stderr).not.toMatch(/left\] [1-9]\//);
  expect(last.stdout).toContain('skipped: Take a message of the laboratory');
  expect(psql(SENT)).toBe('1');
  expect(last.stdout).not.toContain('Look into this');
});

test('its application, its directory and its queue answer', async () => {
  const chart = await fetch(`http://127.0.0.1:${String(ports.application)}/chart/1`).then(one => one.json());
  const who = execFileSync(
    'ldapwhoami',
    ['-x', '-H', `ldap://127.0.0.1:${String(ports.directory)}`, '-D', ACCOUNT, '-w', SECRETS.account],
    {
      encoding: 'utf8',
    },
  );
  const [queue = ''] = readdirSync(join(place, 'interface'));
  const messages = execFileSync('sqlite3', [join(place, 'interface', queue), 'select count(*) from queue'], { encoding: 'utf8' });

  expect(chart).toMatchObject({ patient: { id: 1 } });
  expect(who).toBe(`dn:${ACCOUNT}\n`);
  expect(messages).toBe('40\n');
});

test("its database is its owner's, runs by settings of its own, and archives nowhere", () => {
  const facts = statSync(join(place, 'cluster'));

  expect(
    psql(
      `select pg_is_in_recovery(), current_setting('archive_mode'), current_setting('fsync'), current_setting('shared_preload_libraries')`,
    ),
  ).toBe('f|off|on|');
  expect(psql(`select name, setting from pg_settings where source = 'command line' and name !~ 'config_file|data_directory'`)).toBe('');
  expect([facts.uid, facts.mode & 0o777]).toEqual([ROOT ? idOf('postgres') : process.getuid?.(), 0o700]);
  expect(readFileSync(join(place, 'cluster/postgresql.auto.conf'), 'utf8')).toBe('');
  expect(readFileSync(join(place, 'cluster/from-backup/postgresql.conf'), 'utf8')).not.toBe('');
  expect(readFileSync(join(place, 'directory/config/cn=config.ldif'), 'utf8')).not.toContain('resurgam');
});

test('the evidence is of one recovery, and nothing else is left', async () => {
  const ledger = join(ehr.drills.home, 'ledger/lakeside');
  const [recovery = ''] = readdirSync(join(ledger, 'recoveries'));
  const record = JSON.parse(readFileSync(join(ledger, 'recoveries', recovery), 'utf8')) as Readonly<Record<string, unknown>>;

  expect(record).toMatchObject({ verdict: 'passed', reasons: [] });
  expect(record['findings']).toEqual(expect.arrayContaining([expect.objectContaining({ code: 'consistency.ok', outcome: 'passed' })]));
  expect((await ehr.drills.run(['verify', ledger])).code).toBe(0);
  expect(readdirSync(place).sort()).toEqual(['cluster', 'directory', 'documents', 'interface', 'socket', 'target.yaml']);
  expect(readdirSync(join(ehr.drills.home, 'scratch'))).toEqual([]);
});
