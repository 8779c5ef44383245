import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { reap } from '../../src/sandbox/all.ts';
import { namespaceSandbox } from '../../src/sandbox/namespace/namespace.ts';
import { listProcesses, readProc } from '../../src/system/proc.ts';
import { requestOf, shell } from '../conformance/sandbox.ts';
import { bundle, ORDINARY_UID } from './namespace/as-user.ts';

const isRoot = process.getuid?.() === 0;
const never = new AbortController().signal;
let program: Awaited<ReturnType<typeof bundle>>;
let scratch: string;
beforeAll(async () => {
  program = await bundle('killed-main.ts');
});
afterAll(() => program.clean());
beforeEach(async () => {
  scratch = join(await mkdtemp('/tmp/rsg-reap-'), 'scratch');
});
afterEach(() => rm(dirname(scratch), { recursive: true, force: true }));

/** A process of its own that provisions a sandbox, runs something in it, and says so. */
async function startOwner(uid?: number, kind = 'namespace'): Promise<{ readonly child: ChildProcess; readonly drill: string }> {
  if (uid !== undefined) {
    const { chown } = await import('node:fs/promises');
    await chown(dirname(scratch), uid, uid);
  }
  const as = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(process.execPath, [program.file, scratch, kind], { stdio: ['ignore', 'pipe', 'inherit'], ...as });
  const drill = await new Promise<string>(resolve => child.stdout.once('data', (bytes: Buffer) => resolve(bytes.toString().trim())));
  return { child, drill };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

async function labelled(drill: string): Promise<number> {
  const environments = await Promise.all((await listProcesses()).map(({ pid }) => readProc(pid, 'environ')));
  return environments.filter(text => text?.includes(`RESURGAM_DRILL=${drill}`)).length;
}

const owners = [
  ['whoever runs this', undefined, 'namespace'],
  ...(isRoot ? ([['an ordinary user', ORDINARY_UID, 'namespace']] as const) : []),
  ...(isRoot ? ([['root with containers', undefined, 'container']] as const) : []),
] as const;
for (const [who, uid, kind] of owners) {
  describe(`what a killed run of ${who} left`, () => {
    test('dies with it, and its folders and groups are found and removed', async () => {
      const { child, drill } = await startOwner(uid, kind);
      const marker = JSON.parse(await readFile(join(scratch, drill, 'sandbox.json'), 'utf8')) as { cgroups: string[] };

      await kill(child);
      // It dies by itself: the reaper, which would end it, comes afterwards. What runs in it would go on for longer than this.
      await vi.waitFor(async () => expect(await labelled(drill)).toBe(0), { timeout: 20_000, interval: 100 });
      const reaped = await reap(scratch);

      expect(reaped).toMatchObject([{ drill, mounts: 0, removed: true }]);
      expect(reaped[0]?.bytes).toBeGreaterThan(0);
      expect(await readdir(scratch)).toEqual([]);
      expect(await labelled(drill)).toBe(0);
      for (const group of marker.cgroups) await expect(stat(group)).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await reap(scratch)).toEqual([]);
    });
  });
}

test('touches no live sandbox, neither of this process nor of another', async () => {
  const { child, drill } = await startOwner();
  await using ours = await namespaceSandbox({ scratch }).provision(requestOf(), never);

  const reaped = await reap(scratch);

  expect(reaped).toEqual([]);
  expect((await shell(ours.jail, 'echo alive')).stdout).toBe('alive\n');
  expect(await labelled(drill)).toBeGreaterThan(0);
  await kill(child);
  expect(await reap(scratch)).toMatchObject([{ drill, removed: true }]);
});

test('ends processes that outlived their owner, found by their label', async () => {
  const drill = `lost-${String(process.pid)}`;
  await mkdir(join(scratch, drill), { recursive: true });
  const owner = { pid: 999_999_999, startTime: '1', bootId: 'gone' };
  await writeFile(join(scratch, drill, 'sandbox.json'), JSON.stringify({ drill, owner, uid: null, cgroups: [] }));
  const lost = spawn('sleep', ['60'], { env: { PATH: '/usr/bin:/bin', RESURGAM_DRILL: drill }, detached: true, stdio: 'ignore' });
  const ended = new Promise(resolve => lost.once('exit', (_, signal) => resolve(signal)));
  await sleep(50);

  const reaped = await reap(scratch);

  expect(reaped).toMatchObject([{ drill, processes: 1, removed: true }]);
  expect(await ended).toBe('SIGKILL');
});

test.runIf(isRoot)('does not believe a marker that would make it kill or remove what is not a sandbox’s', async () => {
  const drill = `forged-${String(process.pid)}`;
  const bystander = spawn('sleep', ['60'], { uid: ORDINARY_UID, gid: ORDINARY_UID, stdio: 'ignore' });
  await mkdir(join(scratch, drill), { recursive: true });
  const owner = { pid: 999_999_999, startTime: '1', bootId: 'gone' };
  const forged = { drill, owner, uid: ORDINARY_UID, cgroups: ['/sys/fs/cgroup/memory', '/tmp', '/sys/fs/cgroup/../../../tmp/x'] };
  await writeFile(join(scratch, drill, 'sandbox.json'), JSON.stringify(forged));

  const reaped = await reap(scratch);

  expect(reaped).toMatchObject([{ drill, processes: 0, removed: true }]);
  expect(bystander.exitCode).toBeNull();
  expect(bystander.signalCode).toBeNull();
  bystander.kill('SIGKILL');
});

test('removes folders with odd names, closed folders and deep trees', async () => {
  const { child, drill } = await startOwner();
  await kill(child);
  const work = join(scratch, drill, 'work');
  const names = ['-rf', 'new\nline', ' ', 'é', '*', '..data', '$(touch x)'];
  for (const name of names) await mkdir(join(work, name), { recursive: true });
  await promisedShell(
    `cd "${work}" && for i in $(seq 1 600); do mkdir dddddddd && cd dddddddd || exit; done; cd "${work}/-rf" && mkdir closed && touch closed/x && chmod 0 closed`,
  );

  const reaped = await reap(scratch);

  expect(reaped).toMatchObject([{ drill, removed: true }]);
  expect(await readdir(scratch)).toEqual([]);
});

test('leaves alone what is no sandbox, and a half-made one that may still become one', async () => {
  await mkdir(join(scratch, 'not-ours'), { recursive: true });
  await mkdir(join(scratch, '.new-young-1'));
  await mkdir(join(scratch, '.new-old-1'));
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(join(scratch, '.new-old-1'), longAgo, longAgo);

  const reaped = await reap(scratch);

  expect(reaped).toEqual([]);
  expect((await readdir(scratch)).sort()).toEqual(['.new-young-1', 'not-ours']);
});

test('finds nothing where there never was a scratch folder', async () => {
  const reaped = await reap('/nonexistent/scratch');

  expect(reaped).toEqual([]);
});

async function promisedShell(script: string): Promise<void> {
  const child = spawn('/bin/bash', ['-c', script], { stdio: 'ignore' });
  await new Promise(resolve => child.once('exit', resolve));
}
