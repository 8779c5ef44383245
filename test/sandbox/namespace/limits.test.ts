import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { namespaceSandbox } from '../../../src/sandbox/namespace/namespace.ts';
import { freeBytes } from '../../../src/system/tree.ts';
import { MIB, requestOf, shell } from '../../conformance/sandbox.ts';

const never = new AbortController().signal;
let home: string;
beforeEach(async () => {
  home = await mkdtemp('/tmp/rsg-limits-');
});
afterEach(() => rm(home, { recursive: true, force: true }));

test('stops the sandbox when the host’s free disk falls below its reserve, whatever the plan allows', async () => {
  const reserveBytes = (await freeBytes(home)) - 400 * MIB;
  const sandbox = namespaceSandbox({ scratch: join(home, 'scratch'), reserveBytes });
  await using ready = await sandbox.provision(requestOf({ diskBytes: 4096 * MIB }), never);
  const data = await ready.jail.makeFolder('data');
  const fill = 'for i in $(seq 1 190); do head -c 20000000 /dev/zero > /data/$i; sleep 0.04; done; echo all';

  const result = await shell(ready.jail, fill, { mounts: [{ from: data, at: '/data', write: true }] });

  expect(result.stdout).toBe('');
  expect(ready.jail.limitHit()).toBe('disk');
});

test('counts what the first jail stages as well', async () => {
  await using ready = await namespaceSandbox({ scratch: join(home, 'scratch') }).provision(requestOf({ diskBytes: 32 * MIB }), never);
  const args = ['-c', `for i in $(seq 1 90); do head -c 9000000 /dev/zero > ${ready.staging}/$i || exit 1; sleep 0.1; done; echo all`];
  const lines: string[] = [];

  await ready.fetchJail(
    { file: '/bin/sh', args, env: {}, stdin: '', visible: [], network: false, onLine: line => void lines.push(line), timeLimitMs: 20_000 },
    never,
  );

  expect(lines).toEqual([]);
  expect(ready.jail.limitHit()).toBe('disk');
});

test('starts nothing any more after a limit was hit', async () => {
  await using ready = await namespaceSandbox({ scratch: join(home, 'scratch') }).provision(requestOf({ diskBytes: 32 * MIB }), never);
  const data = await ready.jail.makeFolder('data');
  const mounts = [{ from: data, at: '/data', write: true }];
  await shell(ready.jail, 'for i in $(seq 1 90); do head -c 9000000 /dev/zero > /data/$i; sleep 0.1; done', { mounts });

  const result = await shell(ready.jail, 'echo went on > /data/after', { mounts });
  const server = await ready.jail.spawn({ file: '/bin/sh', args: ['-c', 'echo went on > /data/after; sleep 30'], mounts });

  expect(ready.jail.limitHit()).toBe('disk');
  expect(result).toMatchObject({ exitCode: undefined, signal: 'SIGKILL', stderr: 'the sandbox has reached its disk limit\n' });
  expect(await server.stop('SIGINT', 1_000)).toMatchObject({ signal: 'SIGKILL' });
  expect(await readdir(data)).not.toContain('after');
});

test('binds programs to the CPUs that the plan gives, with a cgroup or without', async () => {
  for (const cgroups of [true, false]) {
    await using ready = await namespaceSandbox({ scratch: join(home, 'scratch'), cgroups }).provision(requestOf({ cpus: 1 }), never);

    const spin = `for i in 1 2 3; do timeout 1 sh -c 'while :; do :; done' & done; wait; times`;
    const result = await ready.jail.run({ file: '/bin/bash', args: ['-c', spin] }, never);

    // Three spinners for one second of the clock: together about one second of processor time, not two or three.
    const seconds = /^(\d+)m([\d.]+)s (\d+)m[\d.]+s\s*$/m.exec(result.stdout.split('\n').slice(-2)[0] ?? '');
    expect(Number(seconds?.[1]) * 60 + Number(seconds?.[2])).toBeLessThan(1.7);
  }
});
