import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compose } from '../../src/compose.ts';
import { isReady, type Answer, type Part } from '../../src/doctor/answer.ts';
import { examine } from '../../src/doctor/doctor.ts';
import { nodeAnswer } from '../../src/doctor/machine.ts';
import type { DoctorSetting } from '../../src/doctor/setting.ts';
import { clockDifference } from '../../src/doctor/state.ts';
import { SandboxError, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { StoreError } from '../../src/store/error.ts';
import { beat } from '../../src/store/state/workers.ts';
import { testState, type TestState } from '../fixtures/state.ts';
import { worker } from '../status/rows.ts';

let folder: string;
let at: TestState;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resurgam-doctor-'));
  at = await testState();
});
afterEach(async () => {
  await at[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const PLAN = `plan: lakeside-ehr
client: lakeside
components:
  database:
    backup: { tool: pg-dump, from: /srv/backups/ehr }
`;
const SECRET = 'hunter2-correct-horse';

function sandbox(kind: string, why?: SandboxError): Sandbox {
  return { kind, unavailable: () => Promise.resolve(why), provision: () => Promise.reject(new Error('not asked for')) };
}

async function examined(changes: Partial<DoctorSetting> = {}): Promise<readonly Part[]> {
  const stop = new AbortController().signal;
  const { vocabulary, planFiles, backupTools } = compose({ env: {}, stop });
  const plansFolder = join(folder, 'plans');
  await mkdir(plansFolder, { recursive: true });
  return examine({
    ...{ env: {}, stop, homePath: join(folder, 'home'), plansFolder, library: { files: planFiles, vocabulary }, backupTools },
    sandboxes: [sandbox('namespace')],
    givenServer: true,
    openState: () => Promise.resolve(at.state),
    now: () => new Date().toISOString(),
    unitFolders: [folder],
    ...changes,
  });
}

function answerOf(parts: readonly Part[], subject: string): Answer | undefined {
  return parts.flatMap(part => part.answers).find(answer => answer.subject === subject);
}

async function write(name: string, text: string): Promise<void> {
  await mkdir(join(folder, 'plans'), { recursive: true });
  await writeFile(join(folder, 'plans', name), text);
}

test('on a machine that has what is needed everything that was tried is ok, and nothing is left of it', async () => {
  await write('ehr.yaml', PLAN);
  await writeFile(join(folder, 'resurgam.service'), '');
  await beat(at.state, worker('a', 0, { heartbeatAt: new Date().toISOString(), host: hostname() }));

  const parts = await examined();

  const told = (subject: string): string | undefined => answerOf(parts, subject)?.told;
  expect(
    ['Node.js', 'flock', 'zstd', 'namespace', 'folder', 'rights', 'clock', 'worker', 'plans', 'jq', 'xxd', 'openssl', 'systemd unit'].map(
      told,
    ),
  ).toEqual(Array.from({ length: 13 }, () => 'ok'));
  expect(told('server of DATABASE_URL')).toBe('ok');
  expect(isReady(parts)).toBe(true);
});

test('whatever is missing says what stops working and what to do', async () => {
  const forbidden = new SandboxError('namespaces-forbidden', 'the kernel allows no user namespaces', { hint: 'Run as root: sysctl …' });

  const parts = await examined({ sandboxes: [sandbox('namespace', forbidden)] });

  expect(answerOf(parts, 'namespace')).toEqual({
    subject: 'namespace',
    told: 'missing',
    needed: true,
    says: 'the kernel allows no user namespaces',
    without: 'drills in such a sandbox are inconclusive',
    todo: 'Run as root: sysctl …',
  });
  expect(parts.flatMap(part => part.answers).filter(one => one.told !== 'ok' && (one.without === null || one.todo === null))).toEqual([]);
  expect(isReady(parts)).toBe(false);
});

test('a kind of sandbox that no plan asks for can be done without', async () => {
  await write('ehr.yaml', PLAN);
  const none = new SandboxError('tool-missing', 'podman is not installed', { hint: 'Run: apt-get install podman' });

  const parts = await examined({ sandboxes: [sandbox('namespace'), sandbox('container', none)] });

  expect(answerOf(parts, 'container')).toMatchObject({ told: 'missing', needed: false });
  expect(isReady(parts)).toBe(true);
});

describe('the home', () => {
  test('that others may enter is said, with the command that mends it', async () => {
    const home = join(folder, 'home');
    await mkdir(home);
    await chmod(home, 0o755);

    const parts = await examined({ homePath: home });

    expect(answerOf(parts, 'rights')).toMatchObject({ told: 'missing', needed: true, todo: `Run: chmod 700 ${home}` });
  });

  test('that cannot be made is said, and the rest is told all the same', async () => {
    await writeFile(join(folder, 'file'), '');

    const parts = await examined({ homePath: join(folder, 'file', 'home') });

    expect(answerOf(parts, 'folder')).toMatchObject({ told: 'missing', needed: true });
    expect(parts).toHaveLength(9);
  });

  test.each([
    { bytes: null, told: 'unknown', needed: false },
    { bytes: 1_000, told: 'ok', needed: true },
    { bytes: 2 ** 50, told: 'missing', needed: true },
  ])('with a largest backup of $bytes bytes: $told', async ({ bytes, told, needed }) => {
    if (bytes !== null) {
      const values = ['lakeside', 'ehr', 'database', new Date().toISOString(), 'passed', [], 1, bytes];
      await at.state.all(tx =>
        tx.query(
          'insert into backup_check (client, plan, component, at, outcome, codes, points, bytes) values ($1, $2, $3, $4, $5, $6, $7, $8)',
          values,
        ),
      );
    }

    const parts = await examined();

    expect(answerOf(parts, 'free disk')).toMatchObject({ told, needed });
  });
});

test('a server that cannot be reached is said in its own words, without its password', async () => {
  const error = new StoreError('state-unreachable', 'db.example:5432: cannot be reached', { hint: 'Start it.' });

  const parts = await examined({ openState: () => Promise.reject(error) });

  expect(answerOf(parts, 'server of DATABASE_URL')).toMatchObject({
    told: 'missing',
    says: 'db.example:5432: cannot be reached',
    todo: 'Start it.',
  });
  expect(isReady(parts)).toBe(false);
});

test.each([
  [0, 'ok'],
  [4_900, 'ok'],
  [-6_000, 'missing'],
  [60_000, 'missing'],
  [Number.NaN, 'unknown'],
])('a server whose clock is %d ms ahead: %s', (ms, told) => {
  const answer = clockDifference(ms);

  expect(answer.told).toBe(told);
});

test.each([
  ['20.20.0', 'ok'],
  ['22.1.0', 'ok'],
  ['20.19.9', 'missing'],
  ['18.20.4', 'missing'],
])('Node.js %s: %s', (version, told) => {
  const answer = nodeAnswer(version);

  expect(answer.told).toBe(told);
});

test('only a worker that is heard counts', async () => {
  await beat(at.state, worker('a', 10));

  const parts = await examined();

  expect(answerOf(parts, 'worker')).toMatchObject({ told: 'missing', needed: false, says: 'silent: a' });
});

describe('plans and people', () => {
  const client = (rest: string): string =>
    `client: lakeside\ncontacts:\n  on-call: { name: IT, email: it@lakeside.example, channels: [chat] }\n${rest}`;

  test('a plan with an error is counted, and resurgam check is named', async () => {
    await write('bad.yaml', 'plan: x\nclient: lakeside\ncomponents: {}\n');

    const parts = await examined();

    expect(answerOf(parts, 'plans')).toMatchObject({ told: 'missing', needed: true });
    expect(answerOf(parts, 'plans')?.todo).toContain('Run resurgam check');
  });

  test('without any plan there is nothing to drill, which is no fault of the installation', async () => {
    const parts = await examined();

    expect(answerOf(parts, 'plans')).toMatchObject({ told: 'missing', needed: false });
  });

  test('each secret is tried, and its value is never said', async () => {
    await write('ehr.yaml', PLAN);
    const file = join(folder, 'open-to-all');
    await writeFile(file, SECRET);
    await chmod(file, 0o644);
    const channels = `channels:\n  chat: { kind: slack, url: { env: CHAT } }\n  other: { kind: teams, url: { env: NONE } }\n  third: { kind: teams, url: { file: ${file} } }\n`;
    await write('client.yaml', client(`ladder: { L1: [on-call] }\n${channels}`));

    const parts = await examined({ env: { CHAT: SECRET } });

    expect(answerOf(parts, 'secrets')?.says).toBe('1 of 3 can be read');
    expect(answerOf(parts, 'secret (variable NONE)')).toMatchObject({ told: 'missing', without: 'nobody of lakeside is reached by other' });
    expect(answerOf(parts, `secret (file ${file})`)?.todo).toContain('chmod 600');
    expect(JSON.stringify(parts)).not.toContain(SECRET);
    expect(isReady(parts)).toBe(false);
  });

  test('people who can be reached are counted; a client without a channel is told', async () => {
    await write('ehr.yaml', PLAN);
    await write(
      'client.yaml',
      'client: lakeside\ncontacts:\n  on-call: { name: IT, email: it@lakeside.example }\nladder: { L1: [on-call] }\n',
    );

    const parts = await examined();

    expect(answerOf(parts, 'people of lakeside')).toMatchObject({ told: 'missing', needed: false, says: '1 contact, but no channel' });
  });
});

test.each([
  [false, 'missing', 'rack-2: ledgers are not shared'],
  [true, 'ok', 'rack-2: ledgers are shared'],
])('a worker on another machine is no matter where ledgers are shared (%s)', async (sharesLedgers, told, says) => {
  await beat(at.state, worker('a', 0, { heartbeatAt: new Date().toISOString() }));
  await beat(at.state, worker('stopped', 0, { heartbeatAt: new Date().toISOString(), host: 'rack-3', state: 'stopped' }));

  const parts = await examined({ sharesLedgers });

  expect(answerOf(parts, 'other machines')).toMatchObject({ told, says });
});
