import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command } from '../../../src/backup/command/tool.ts';
import type { BackupError, RecoveryPoint, Restored, Staged, StoreAccess } from '../../../src/backup/backup.ts';
import { bareJail } from '../../fixtures/bare-jail.ts';

const never = new AbortController().signal;
const SECRET = 's3cr3t-of-the-tool';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp('/tmp/rsg-command-');
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A script of a user, which may do anything. */
async function script(name: string, text: string): Promise<readonly [string]> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return [file];
}

function accessOf(options: object): StoreAccess {
  const section = {
    ...{ tool: 'command', job: null, size: { atLeastBytes: null, shrink: null, grow: null } },
    ...{ copies: { atLeast: null, offSite: null, locked: null }, encrypted: 'optional' as const },
    options: { into: 'files', reads: [], network: false, env: { TOKEN: { env: 'TOKEN' } }, ...options },
  };
  return {
    section,
    env: { TOKEN: SECRET },
    pseudonym: text => Buffer.from(text).toString('hex').padEnd(32, '0'),
    now: () => '2026-11-27T12:00:00.000Z',
  };
}

const ONE = '{"points":[{"id":"a","availableAt":"2026-11-27T05:00:00Z","consistentAt":"2026-11-27T06:00:00+01:00","bytes":5}]}';

async function refused(work: Promise<unknown>): Promise<BackupError> {
  const error = (await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as BackupError | undefined;
  expect(error?.name).toBe('BackupError');
  expect(`${error?.message ?? ''} ${error?.hint ?? ''}`).not.toContain(SECRET);
  return error as BackupError;
}

const list = async (text: string, more: object = {}): Promise<Awaited<ReturnType<typeof command.list>>> =>
  command.list(accessOf({ list: await script('list', text), ...more }), never);

describe('list', () => {
  test('gives what the command says, with times in UTC and the name of a point as a token', async () => {
    const { points } = await list(`echo '${ONE}'`);

    expect(points).toMatchObject([
      { consistentAt: '2026-11-27T05:00:00.000Z', consistentBasis: 'declared', bytes: 5, kind: 'full', handle: { id: 'a' } },
    ]);
    expect(points[0]?.id).toMatch(/^command-20261127T050000-61/);
  });

  test.each([
    ['prints nonsense', 'echo "all good"', /expected one JSON object/],
    ['prints nothing', 'true', /expected one JSON object/],
    [
      'says a time that is none',
      `echo '{"points":[{"id":"a","availableAt":"yesterday","bytes":1}]}'`,
      /points\.0\.availableAt: expected a time/,
    ],
    [
      'says a size that is none',
      `echo '{"points":[{"id":"a","availableAt":"2026-11-27T05:00:00Z","bytes":-1}]}'`,
      /points\.0\.bytes: expected a number/,
    ],
    ['gives one id twice', `echo '{"points":[${ONE.slice(11, -2)},${ONE.slice(11, -2)}]}'`, /id of another one/],
    ['ends with 7', `echo "token is $TOKEN" >&2; exit 7`, /ended with exit code 7/],
    ['is ended by a signal', 'kill -9 $$', /exit code 137|SIGKILL/],
  ])('a command that %s is a could-not, and names what is wrong', async (_title, text, message) => {
    const error = await refused(list(text));

    expect(error.message).toMatch(message);
    expect(error.code).toBe('tool-failed');
  });

  test('a command that hangs and forks is ended at its time, with everything that it started', async () => {
    const error = await refused(list('(sleep 300.125 &) ; sleep 300.125', { patience: 400 }));

    expect(error.message).toMatch(/time limit/);
    const left = (await readdir('/proc')).filter(name => /^\d+$/.test(name));
    const { readFile } = await import('node:fs/promises');
    const lines = await Promise.all(left.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
    expect(lines.filter(line => line.includes('300.125'))).toEqual([]);
  });

  test('a command cannot write on this machine', async () => {
    const error = await refused(list(`echo changed > ${folder}/changed; echo '${ONE}'; [ -e ${folder}/changed ] || exit 9`));

    expect(error.message).toMatch(/exit code 9/);
    expect(await readdir(folder)).toEqual(['list']);
  });

  test('a command that is not there is missing, and a place that is not there could not be looked at', async () => {
    expect((await refused(command.list(accessOf({ list: [join(folder, 'absent')] }), never))).code).toBe('tool-missing');
    expect((await refused(list('exit 3'))).code).toBe('store-unreadable');
  });
});

const POINT = { handle: { id: 'a', handle: { seen: 1 } } } as unknown as RecoveryPoint;

async function fetch(text: string): Promise<Staged> {
  const staging = join(folder, 'staging');
  await mkdir(staging);
  const own = { fetch: await script('fetch', text), restore: ['/usr/bin/true'] };
  return command.fetch(POINT, { store: accessOf(own), staging, progress: () => undefined }, never);
}

describe('fetch', () => {
  test('counts and hashes what is there', async () => {
    const staged = await fetch(
      'jq -r .point > asked; cat asked > "$RESURGAM_STAGED/bytes"; rm asked; echo noise; echo \'{"done":true,"bytes":2}\'',
    );

    expect(staged).toMatchObject({ bytes: 2, findings: [] });
    expect(staged.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['ends with 0 after failing', 'true', /without the line/],
    ['says more bytes than there are', 'echo x > x; echo \'{"done":true,"bytes":100}\'', /said 100 bytes, and 2 bytes/],
    ['leads out by a link and counts what is there', 'ln -s /etc/passwd x; echo \'{"done":true,"bytes":9}\'', /and 0 bytes/],
    ['prints a secret and fails', 'echo $TOKEN; echo $TOKEN >&2; exit 1', /exit code 1/],
  ])('a command that %s is a could-not', async (_title, text, message) => {
    const error = await refused(fetch(text));

    expect(error.code).toBe('tool-failed');
    expect(error.message).toMatch(message);
  });

  test('a command that calls the backup bad is believed', async () => {
    expect((await fetch('echo \'{"done":true,"bad":"truncated"}\'; exit 10')).findings).toMatchObject([
      { code: 'backup.truncated', outcome: 'failed' },
    ]);
  });
});

async function restore(text: string): Promise<{ restored: Restored; log: string }> {
  await using jail = await bareJail();
  const staged = join(folder, 'staged');
  await mkdir(staged);
  await chmod(staged, 0o755);
  await writeFile(join(staged, 'bytes'), 'of the backup');
  const target = {
    ...{
      jail,
      server: undefined,
      folder: await jail.makeFolder('restored'),
      parallel: 1,
      pseudonym: (name: string) => name,
      progress: () => undefined,
    },
    toolLog: (_name: string, said: string) => void (log += said),
  };
  let log = '';
  const handle = { id: 'a', handle: {}, restore: await script('restore', text) };
  const restored = await command.restore({ folder: staged, bytes: 13, sha256: '', findings: [], handle }, target, never);
  return { restored, log };
}

describe('restore', () => {
  test('works in the jail, without network and without the credentials', async () => {
    const { restored } = await restore(
      'cp "$RESURGAM_STAGED/bytes" "$RESURGAM_RESTORED/" && [ -z "${TOKEN:-}" ] && [ ! -e /sys/class/net/eth0 ] && echo \'{"done":true,"files":1,"version":"1.2"}\'',
    );

    expect(restored).toMatchObject({
      usable: true,
      findings: [{ code: 'restore.ok' }],
      tools: [{ name: 'command', version: '1.2' }],
      says: { files: 1 },
    });
  });

  test.each([
    { title: 'ends with 0 without saying that it was done', text: 'true', code: 'restore.unknown-exit', outcome: 'inconclusive' },
    { title: 'ends with a code of its own', text: 'exit 42', code: 'restore.unknown-exit', outcome: 'inconclusive' },
    { title: 'is killed', text: 'kill -9 $$', code: 'restore.unknown-exit', outcome: 'inconclusive' },
    {
      title: 'calls the backup corrupt',
      text: 'echo \'{"done":true,"bad":"corrupt"}\'; exit 10',
      code: 'restore.corrupt',
      outcome: 'failed',
    },
    {
      title: 'calls it cut off and then ends with 0',
      text: 'echo \'{"done":true,"bad":"truncated"}\'',
      code: 'restore.truncated',
      outcome: 'failed',
    },
    {
      title: 'says that it was done and fails all the same',
      text: 'echo \'{"done":true}\'; exit 1',
      code: 'restore.unknown-exit',
      outcome: 'inconclusive',
    },
  ])('a command that $title', async ({ text, code, outcome }) => {
    const { restored } = await restore(text);

    expect(restored.findings).toMatchObject([{ code, outcome }]);
    expect(restored.usable).toBe(false);
  });
});
