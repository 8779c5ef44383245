import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench, type Bench, type Ran } from '../e2e/cli.ts';
import { putDump, startEhr } from '../e2e/source.ts';
import { freePort } from '../fixtures/free-port.ts';
import { startSourceServer, type SourceServer } from '../fixtures/source-server.ts';

let drills: Bench;
let source: SourceServer;
let fresh: SourceServer;
let plan: string;
let port: number;
let place: string;

beforeAll(async () => {
  [drills, source, fresh, port, place] = await Promise.all([
    bench({ inProcess: true }),
    startEhr(),
    startSourceServer(),
    freePort(),
    mkdtemp('/tmp/rsg-recover-'),
  ]);
  await putDump(source, drills);
  await fresh.createDatabase('ehr');
  const letters = join(drills.folder, 'letters/20250102T000000Z');
  await mkdir(letters, { recursive: true });
  await writeFile(join(letters, 'letter'), 'Dear patient\n');
  await writeFile(join(letters, 'server.py'), SERVER);
  await mkdir(join(drills.folder, 'steps'));
  await writeFile(join(drills.folder, 'steps/application.ts'), STEPS);
  await writeFile(join(drills.folder, 'client.yaml'), `client: lakeside\nproduction: [${drills.folder}/in-use]\n`);
  plan = await drills.plan('whole', planText());
});

afterAll(async () => {
  const pid = join(place, 'pid');
  if (existsSync(pid)) process.kill(Number(readFileSync(pid, 'utf8')));
  await Promise.all([drills.remove(), source.stop(), fresh.stop(), rm(place, { recursive: true, force: true })]);
});

/** An application over both: it counts what is in the database and reads a file. */
const SERVER = `import http.server, subprocess, sys, os
open(os.path.join(os.path.dirname(sys.argv[2]), 'pid'), 'w').write(str(os.getpid()))
class App(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        count = subprocess.run(['psql', '-XAt', '-c', 'select count(*) from patient'], capture_output=True, text=True).stdout.strip()
        text = open(os.path.join(sys.argv[2], 'letter')).read()
        self.send_response(200); self.end_headers(); self.wfile.write((count + ' patients, ' + text).encode())
    def log_message(self, *args): pass
http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), App).serve_forever()
`;

const STEPS = `export default {
  before: [{
    name: 'Mark that it is recovered',
    run: async ({ $, needs, with: { at } }) => void (await $\`echo once >> \${at}\`),
    check: async ({ $, with: { at } }) => (await $\`cat \${at}\`).stdout.startsWith('once'),
  }],
  start: ({ needs, with: { port } }) => ({
    start: ['/usr/bin/python3', needs.letters.files + '/server.py', String(port), needs.letters.files],
    environment: { PGHOST: needs.database.socket, PGUSER: needs.database.user, PGDATABASE: needs.database.database },
    port: Number(port),
    ready: { get: '/' },
  }),
};
`;

function planText(): string {
  return `contract: { rto: 4h, rpo: 9000d }
system: { name: Whole EHR, downtimeProcedure: "binder 3" }
components:
  database:
    backup: { tool: pg-dump, from: ${drills.backups} }
  letters:
    backup: { tool: tree, from: ${drills.folder}/letters }
  application:
    needs: [database, letters]
    runbook: { script: steps/application.ts, with: { port: ${String(port)}, at: ${place}/marks } }
    probes: [http: { get: / }]
workflows:
  - name: Count the patients
    sql: { component: database, query: select count(*) from patient }
    expect: { atLeast: 1 }
  - name: Read a letter
    http: { component: application, get: /, contains: Dear patient }
`;
}

async function target(name: string, changes: Readonly<Record<string, string>> = {}): Promise<string> {
  const places = {
    database: `{ server: { socket: ${fresh.socket}, database: ehr } }`,
    letters: `{ folder: ${place}/letters }`,
    application: '{ here: true }',
    ...changes,
  };
  const file = join(drills.folder, `${name}.target`);
  const lines = Object.entries(places).map(([component, at]) => `  ${component}: ${at}\n`);
  await writeFile(file, `target: fresh\ncomponents:\n${lines.join('')}`);
  return file;
}

async function recover(into: string, ...more: readonly string[]): Promise<Ran> {
  return drills.run(['recover', plan, '--into', into, '--confirm', 'Whole EHR', ...more], {
    PATH: `/usr/lib/postgresql/15/bin:${process.env['PATH'] ?? ''}`,
  });
}

test('a dry run prints every step and changes nothing', async () => {
  const ran = await recover(await target('dry'), '--dry-run');

  expect([ran.code, ran.stderr]).toEqual([0, '']);
  expect(ran.stdout.split('\n').slice(0, -1)).toEqual([
    'Recovery of Whole EHR into fresh',
    `  1. Fetch and restore database (pg-dump) into database ehr in ${fresh.socket}`,
    `  2. Fetch and restore letters (tree) into ${place}/letters`,
    '  3. application: Mark that it is recovered',
    '  4. Start application',
    '  5. Ask what a drill would ask',
  ]);
  expect(readdirSync(place)).toEqual([]);
  expect(existsSync(join(drills.home, 'ledger/lakeside'))).toBe(false);
});

test.each([
  ['a folder that is not empty', { letters: '{ folder: /etc }' }, 'is not empty'],
  ['the place of the backups', { letters: '{ folder: BACKUPS/below }' }, 'is where backups are kept'],
  ['what client.yaml calls production', { letters: '{ folder: HOME/in-use/files }' }, 'is production'],
  ['a database that is not empty', { database: '{ server: { socket: SOURCE, database: ehr } }' }, 'the database ehr is not empty'],
  ['a database that is not there', { database: '{ server: { socket: SOURCE, database: none } }' }, 'cannot be reached'],
  ['a component that is not in the target', { letters: '{ here: true }' }, 'expected folder: in the target, found here'],
  [
    'two places for one component',
    { letters: '{ here: true, folder: /tmp/x }' },
    'expected one of folder:, server:, cluster:, instance:, directory: or here: true',
  ],
])('%s is refused before anything is changed', async (what, changes, said) => {
  const known = (text: string): string =>
    text.replace('BACKUPS', drills.backups).replace('HOME', drills.folder).replace('SOURCE', source.socket);
  const into = await target('refused', Object.fromEntries(Object.entries(changes).map(([name, text]) => [name, known(text)])));

  const ran = await recover(into);

  expect([ran.code, ran.stderr], what).toEqual([2, expect.stringContaining(said)]);
  expect(readdirSync(place)).toEqual([]);
});

test('whoever does not type the name of the system recovers nothing', async () => {
  const ran = await drills.run(['recover', plan, '--into', await target('typed'), '--confirm', 'whole']);

  expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('not confirmed: expected Whole EHR')]);
});

test('a recovery that is killed, and then paused, goes on where it was, and the application works on the recovered data', async () => {
  const into = await target('real');
  await mkdir(join(place, 'letters'), { mode: 0o750 });
  const first = drills.start(['recover', plan, '--into', into, '--confirm', 'Whole EHR']);
  await first.seen('1/5 Fetch and restore database');
  first.kill('SIGKILL');
  await first.ended;
  const second = drills.start(['recover', plan, '--into', into, '--confirm', 'Whole EHR', '--resume']);
  await second.seen('2/5 Fetch and restore letters');
  second.kill('SIGINT');
  const paused = await second.ended;

  const again = await recover(into);
  const resumed = await recover(into, '--resume');
  const answer = await fetch(`http://127.0.0.1:${String(port)}/`).then(one => one.text());
  const patients = await source.sql('ehr', 'select * from patient order by id');

  expect(paused.code, paused.stderr).toBe(130);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('was begun and not finished')]);
  expect([resumed.code, resumed.stderr], resumed.stdout).toEqual([0, expect.not.stringContaining('1/5')]);
  expect(resumed.stderr).toMatch(/\[3 h 5\d min .* left\] 5\/5 Ask what a drill would ask: done/);
  expect(resumed.stdout).toContain('passed: Read a letter');
  expect(answer).toBe(`${String(patients.rows.length)} patients, Dear patient\n`);
  expect((await fresh.sql('ehr', 'select * from patient order by id')).rows).toEqual(patients.rows);
  expect(readFileSync(join(place, 'marks'), 'utf8')).toBe('once\n');
  expect(readdirSync(place).sort()).toEqual(['letters', 'marks', 'pid']);
  expect(statSync(join(place, 'letters')).mode & 0o777).toBe(0o750);
  expect(readdirSync(join(drills.home, 'scratch'))).toEqual([]);
});

test('its evidence is of its own kind: started and finished once, and no drill', async () => {
  const ledger = join(drills.home, 'ledger/lakeside');
  const types = readFileSync(join(ledger, 'ledger.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(Buffer.from((JSON.parse(line) as { payload: string }).payload, 'base64').toString()) as Sealed);
  const kinds = types.map(one => one.predicateType.split('/').at(-2));

  expect(kinds.filter(kind => kind?.startsWith('recovery'))).toEqual(['recovery-started', 'recovery-finished']);
  expect(types.at(-1)?.predicate).toMatchObject({ target: 'fresh', verdict: 'passed', plan: 'whole' });
  expect((await drills.run(['verify', ledger])).code).toBe(0);
  expect((await drills.run(['history', '--json'])).stdout).not.toContain('r-2');
});

interface Sealed {
  readonly predicateType: string;
  readonly predicate: Readonly<Record<string, unknown>>;
}
