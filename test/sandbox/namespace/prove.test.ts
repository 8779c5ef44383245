import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JailCommand } from '../../../src/backup/target.ts';
import { attempts, judgeIsolation, type Attempt, type Reached } from '../../../src/sandbox/isolation.ts';
import { buildCell, type BuiltCell } from '../../../src/sandbox/cell/build.ts';
import { secondJail } from '../../../src/sandbox/cell/cell.ts';
import { secondJailOf } from '../../../src/sandbox/cell/jail.ts';
import { outsideOf, placeOf } from '../../../src/sandbox/cell/place.ts';
import { tryIsolation, type RunInJail } from '../../../src/sandbox/cell/prove.ts';
import type { JailShape } from '../../../src/sandbox/cell/shape.ts';
import { bubblewrapArguments } from '../../../src/sandbox/namespace/arguments.ts';
import { bubblewrapJailer } from '../../../src/sandbox/namespace/jailer.ts';
import { namespaceSandbox } from '../../../src/sandbox/namespace/namespace.ts';
import type { SandboxError } from '../../../src/sandbox/sandbox.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { runTool } from '../../../src/system/process.ts';
import { requestOf } from '../../conformance/sandbox.ts';

const never = new AbortController().signal;
const isRoot = process.getuid?.() === 0;
let home: string;
let built: BuiltCell;

beforeEach(async () => {
  home = await mkdtemp('/tmp/rsg-prove-');
  await chmod(home, 0o755);
  const scratch = join(home, 'scratch');
  const request = requestOf();
  const given = { scratch, clock: systemClock, reserveBytes: 0, cgroups: true };
  built = await buildCell(placeOf(scratch, request.drill), { given, jailer: bubblewrapJailer('bwrap'), request });
});
afterEach(async () => {
  await built.destroy();
  await rm(home, { recursive: true, force: true });
});

/** The program of the proof, run as the jail's user in whatever `around` makes of it. */
function runIn(around: (command: JailCommand) => { readonly file: string; readonly args: readonly string[] }): RunInJail {
  return async command => {
    const { file, args } = around(command);
    const stdin = command.stdin === undefined ? {} : { stdin: command.stdin };
    const env = { PATH: '/usr/bin:/bin:/usr/sbin', SECRET_OF_OURS: 'x' };
    return runTool({ file, args, env, ...stdin, timeLimitMs: 30_000 }, never);
  };
}

/** A jail with one wall left out. */
function leaky(change: {
  readonly shape?: Partial<JailShape>;
  readonly without?: readonly string[];
  readonly extra?: readonly string[];
}): RunInJail {
  return runIn(command => {
    const shape = { ...secondJail(built.cell, command.mounts ?? [], {}), filtered: false, ...change.shape };
    const args = bubblewrapArguments(shape, [command.file, ...command.args]).filter(
      argument => change.without?.includes(argument) !== true,
    );
    return {
      file: 'bwrap',
      args: [...args.slice(0, args.indexOf('--remount-ro')), ...(change.extra ?? []), ...args.slice(args.indexOf('--remount-ro'))],
    };
  });
}

async function reachedIn(run: RunInJail): Promise<Reached> {
  return tryIsolation(built.cell, secondJailOf(built.cell), run);
}

const tight = Object.fromEntries(attempts.map(attempt => [attempt, 0]));

test('finds no way out of the real jail', async () => {
  const jail = secondJailOf(built.cell);

  const reached = await reachedIn(command => jail.run(command, never));

  expect(reached).toEqual(tight);
});

test.runIf(isRoot)('finds every way out where there is no jail at all', async () => {
  const { place, runner } = built.cell;
  const uid = runner.as === 'drill-user' ? String(runner.uid) : '';
  await chmod(place.scratch, 0o711);
  await chmod(place.folder, 0o711);
  const real: Record<string, string> = {
    'staged=/staged': `staged=${place.staging}`,
    'own=/own': `own=${place.work}/proof`,
    'proof=/proof': `proof=${place.folder}/proof`,
  };
  const bare = runIn(command => ({
    file: 'setpriv',
    args: ['--reuid', uid, '--regid', uid, '--clear-groups', command.file, ...command.args.map(argument => real[argument] ?? argument)],
  }));

  const reached = await reachedIn(bare);

  const found = attempts.filter(attempt => (reached[attempt] ?? 0) > 0);
  // A machine without any network but its own loopback has no route to find.
  expect(found).toEqual(expect.arrayContaining(attempts.filter(attempt => attempt !== 'network')));
});

const walls: readonly { readonly wall: string; readonly change: Parameters<typeof leaky>[0]; readonly found: readonly Attempt[] }[] = [
  { wall: 'network namespace', change: { shape: { network: true } }, found: ['dns', 'host-ports', 'host-sockets'] },
  { wall: 'process namespace', change: { without: ['--unshare-pid'] }, found: ['processes', 'signals'] },
  { wall: 'empty environment', change: { shape: { env: { SECRET_OF_OURS: 'x' } } }, found: ['environment'] },
  { wall: 'made-up root', change: { extra: ['--ro-bind', '/var', '/var'] }, found: ['files'] },
];

for (const { wall, change, found } of walls) {
  test(`notices that the ${wall} is missing, and nothing else`, async () => {
    const reached = await reachedIn(leaky(change));

    const leaks = attempts.filter(attempt => reached[attempt] !== 0 && attempt !== 'privileges' && attempt !== 'namespaces');
    expect(leaks).toEqual(expect.arrayContaining([...found]));
    expect(leaks.filter(attempt => attempt !== 'network' && !found.includes(attempt))).toEqual([]);
  });
}

test('notices that something outside can be written', async () => {
  const outside = outsideOf(built.cell.place.drill);
  const run = leaky({ extra: ['--bind', outside, outside] });

  const reached = await reachedIn(run);

  expect(reached.writing).toBeGreaterThan(0);
  expect(reached.files).toBeGreaterThan(0);
});

test('notices that the staged bytes can be changed', async () => {
  const run = leaky({ extra: ['--bind', built.cell.place.staging, '/staged'] });

  const reached = await reachedIn(run);

  expect(reached.staging).toBeGreaterThan(0);
});

test('notices a network interface that is up', async () => {
  const inNamespace = runIn(command => {
    const shape = { ...secondJail(built.cell, command.mounts ?? [], {}), network: true, filtered: false };
    const set = 'ip link set lo up; ip route add 192.0.2.0/24 dev lo; exec "$@"';
    const user = isRoot ? [] : ['--user', '--map-root-user'];
    return {
      file: 'unshare',
      args: [...user, '--net', 'sh', '-c', set, 'sh', 'bwrap', ...bubblewrapArguments(shape, [command.file, ...command.args])],
    };
  });

  const reached = await reachedIn(inNamespace);

  expect(reached.network).toBeGreaterThan(0);
});

test.runIf(isRoot)('notices that root and its privileges are still there', async () => {
  const run = leaky({
    without: [
      '--reuid',
      '--regid',
      String((built.cell.runner as { uid: number }).uid),
      '--clear-groups',
      '--no-new-privs',
      '--bounding-set=-all',
    ],
  });

  const reached = await reachedIn(run);

  expect(reached.privileges).toBeGreaterThan(0);
  expect(reached.namespaces).toBeGreaterThan(0);
});

test('takes nothing for tried if the attempts did not come to their end', async () => {
  const cut: RunInJail = async command => {
    const result = await secondJailOf(built.cell).run(command, never);
    return { ...result, stdout: result.stdout.replace(/control 1\n$/, '') };
  };

  const reached = await reachedIn(cut);

  expect(reached).toEqual({});
  expect(judgeIsolation(reached, []).isolation).toBe('not-proved');
});

test('takes nothing for tried if the jail cannot even do what it must', async () => {
  const run = leaky({ extra: ['--remount-ro', '/own'] });

  const reached = await reachedIn(run);

  expect(Object.values(reached)).not.toContain(0);
  expect(judgeIsolation(reached, []).isolation).toBe('not-proved');
});

test('plants nothing that stays', async () => {
  const before = process.env.RESURGAM_PLANTED;

  await reachedIn(command => secondJailOf(built.cell).run(command, never));

  expect(before).toBeUndefined();
  expect(process.env.RESURGAM_PLANTED).toBeUndefined();
  expect(await readdir(built.cell.place.staging)).toEqual([]);
  expect(await readdir(built.cell.place.work)).toEqual([]);
  expect((await readdir('/tmp')).filter(name => name.includes(built.cell.place.drill))).toEqual([]);
});

/** A bubblewrap that leaves out the network wall. */
async function leakyBubblewrap(): Promise<string> {
  const file = join(home, 'bwrap');
  await writeFile(
    file,
    '#!/bin/bash\nargs=(); for a in "$@"; do [ "$a" = --unshare-net ] || args+=("$a"); done\nexec bwrap "${args[@]}"\n',
  );
  await chmod(file, 0o755);
  return file;
}

test('provisions no sandbox that leaks, and leaves nothing of it', async () => {
  const scratch = join(home, 'other');
  const sandbox = namespaceSandbox({ scratch, bubblewrap: await leakyBubblewrap() });

  const error = await sandbox.provision(requestOf(), never).catch((caught: unknown) => caught as SandboxError);

  expect(error).toMatchObject({ name: 'SandboxError', code: 'isolation-not-proved' });
  const leaks = (error as SandboxError).findings.filter(found => found.outcome === 'inconclusive').map(found => found.code);
  expect(leaks).toEqual(expect.arrayContaining(['isolation.dns', 'isolation.host-ports', 'isolation.host-sockets']));
  expect(await readdir(scratch)).toEqual([]);
});

test('provisions one that leaks only as the plan accepts by name, and says so', async () => {
  const scratch = join(home, 'other');
  const sandbox = namespaceSandbox({ scratch, bubblewrap: await leakyBubblewrap() });

  await using ready = await sandbox.provision(requestOf({}, { accept: ['network', 'dns', 'host-ports', 'host-sockets'] }), never);

  expect(ready.isolation).toBe('accepted');
  expect(ready.findings.at(-1)).toMatchObject({ code: 'isolation.accepted', outcome: 'passed' });
  expect(ready.findings.filter(found => found.required && found.outcome !== 'passed')).toEqual([]);
});
