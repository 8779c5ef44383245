import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tryFrom, type Reachable } from '../../src/drill/neighbours.ts';
import { namespaceSandbox } from '../../src/sandbox/namespace/namespace.ts';
import type { ReadySandbox } from '../../src/sandbox/sandbox.ts';
import { requestOf } from '../conformance/sandbox.ts';

const never = new AbortController().signal;
let home: string;
let one: ReadySandbox;
let other: ReadySandbox;
let server: Server;
let has: Reachable;

beforeAll(async () => {
  home = await mkdtemp('/tmp/rsg-neighbours-');
  const sandbox = namespaceSandbox({ scratch: home });
  const request = requestOf({ cpus: 1 });
  [one, other] = await Promise.all([
    sandbox.provision({ ...request, drill: `${request.drill}.one` }, never),
    sandbox.provision({ ...request, drill: `${request.drill}.other` }, never),
  ]);
  const folder = await other.jail.makeFolder('data');
  await writeFile(join(folder, 'patient'), '4711');
  const socket = join(folder, 'socket');
  server = createServer(connection => connection.destroy());
  await new Promise<void>(resolve => server.listen(socket, resolve));
  has = { paths: [folder, other.staging], sockets: [socket], ports: [5432] };
});

afterAll(async () => {
  server.close();
  await Promise.all([one.destroy(), other.destroy()]);
  await rm(home, { recursive: true, force: true });
});

test('nothing of one component can be reached from the sandbox of another', async () => {
  expect(await tryFrom(one.jail, [has], never)).toMatchObject({ code: 'isolation.neighbours', outcome: 'passed', observed: 0 });
});

test('folders and sockets that can be reached make the drill inconclusive, and are counted', async () => {
  const leaking = {
    run: (command: Parameters<typeof one.jail.run>[0], stop: AbortSignal) =>
      one.jail.run({ ...command, mounts: [{ from: has.paths[0] ?? '', at: has.paths[0] ?? '' }] }, stop),
  };

  expect(await tryFrom(leaking, [has], never)).toMatchObject({ outcome: 'inconclusive', required: true, observed: 1 });
});

test('the components of a drill share the CPUs of its limit', async () => {
  const look = { file: '/bin/sed', args: ['-n', 's/^Cpus_allowed_list:\\s*//p', '/proc/self/status'] };
  const [mine, its] = await Promise.all([one.jail.run(look, never), other.jail.run(look, never)]);

  expect(mine.stdout).toMatch(/^\d+\n$/);
  expect(its.stdout).toBe(mine.stdout);
});

test('what could not be tried is not passed', async () => {
  const broken = { run: () => one.jail.run({ file: '/bin/false', args: [] }, never) };

  expect(await tryFrom(broken, [has], never)).toMatchObject({ outcome: 'inconclusive', observed: null });
});
