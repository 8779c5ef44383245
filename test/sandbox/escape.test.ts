import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containerSandbox } from '../../src/sandbox/container/container.ts';
import { namespaceSandbox } from '../../src/sandbox/namespace/namespace.ts';
import type { ReadySandbox, Sandbox } from '../../src/sandbox/sandbox.ts';
import { readProcess } from '../../src/system/proc.ts';
import { runTool, type ToolResult } from '../../src/system/process.ts';
import { MIB, requestOf } from '../conformance/sandbox.ts';
import { ORDINARY_UID } from './namespace/as-user.ts';

// What a hostile dump may run (`\!`, COPY … FROM PROGRAM), each as the very same command: without the sandbox it does its harm, in
// it none. Outside it runs as an ordinary user, on things made for it, in a small and bounded variant.

const never = new AbortController().signal;
const isRoot = process.getuid?.() === 0;
let home: string;
let host: string;
let server: Server;
let port: number;
let knocks = 0;

beforeAll(async () => {
  home = await mkdtemp('/tmp/rsg-escape-');
  host = await mkdtemp('/tmp/rsg-host-');
  await chmod(host, 0o777);
  await writeFile(join(host, 'secret'), 'patient 4711', { mode: 0o644 });
  server = createServer(socket => {
    knocks++;
    socket.destroy();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = address !== null && typeof address === 'object' ? address.port : 0;
});
afterAll(async () => {
  server.close();
  await rm(home, { recursive: true, force: true });
  await rm(host, { recursive: true, force: true });
});

interface Where {
  /** A folder that it may write, by the name that it has there. */
  readonly data: string;
  readonly staged: string;
  readonly run: (script: string) => Promise<ToolResult>;
}

/** The command on the bare host, as an ordinary user. */
async function onTheHost(act: (where: Where) => Promise<void>): Promise<void> {
  const data = await mkdtemp(join(host, 'data-'));
  const staged = await mkdtemp(join(host, 'staged-'));
  await writeFile(join(staged, 'dump'), 'staged');
  const as = isRoot ? { uid: ORDINARY_UID, gid: ORDINARY_UID } : {};
  for (const path of isRoot ? [data, staged, join(staged, 'dump')] : []) await chown(path, ORDINARY_UID, ORDINARY_UID);
  const env = { PATH: '/usr/bin:/bin' };
  await act({ data, staged, run: script => runTool({ file: '/bin/bash', args: ['-c', script], env, timeLimitMs: 20_000, ...as }, never) });
}

/** The same in the second jail, of each kind of sandbox that this user can have. */
async function inTheSandbox(act: (where: Where, ready: ReadySandbox) => Promise<void>): Promise<void> {
  const scratch = join(home, 'scratch');
  const kinds = [namespaceSandbox({ scratch }), ...(isRoot ? [containerSandbox({ scratch })] : [])];
  for (const kind of kinds) await inOne(kind, act);
}

async function inOne(sandbox: Sandbox, act: (where: Where, ready: ReadySandbox) => Promise<void>): Promise<void> {
  const limits = { memoryBytes: 128 * MIB, diskBytes: 32 * MIB, processes: 30 };
  await using ready = await sandbox.provision(requestOf(limits), never);
  await writeFile(join(ready.staging, 'dump'), 'staged');
  await ready.jail.own(join(ready.staging, 'dump'));
  const data = await ready.jail.makeFolder('data');
  const mounts = [
    { from: data, at: '/data', write: true },
    { from: ready.staging, at: '/staged' },
  ];
  const run = (script: string): Promise<ToolResult> =>
    ready.jail.run({ file: '/bin/bash', args: ['-c', script], mounts, timeLimitMs: 20_000 }, never);
  await act({ data: '/data', staged: '/staged', run }, ready);
}

/** A process of the host that must live on. */
async function bystander(act: (child: ChildProcess) => Promise<void>): Promise<void> {
  const as = isRoot ? { uid: ORDINARY_UID, gid: ORDINARY_UID } : {};
  const child = spawn('sleep', ['60'], { stdio: 'ignore', ...as });
  try {
    await act(child);
  } finally {
    child.kill('SIGKILL');
  }
}

test('a program cannot write outside', async () => {
  const script = `echo stolen > ${host}/written`;

  await onTheHost(async ({ run }) => {
    await run(script);
  });
  const before = await readdir(host);
  await rm(join(host, 'written'));
  const inside: ToolResult[] = [];
  await inTheSandbox(async ({ run }) => void inside.push(await run(script)));

  expect(before).toContain('written');
  expect(inside.filter(({ exitCode }) => exitCode === 0)).toEqual([]);
  expect(await readdir(host)).not.toContain('written');
});

test('a program cannot connect out', async () => {
  // It goes on afterwards, as what looks for a way out does: one that ends in the same breath is stopped, and not counted.
  const script = `echo > /dev/tcp/127.0.0.1/${String(port)}; code=$?; sleep 1; exit $code`;

  await onTheHost(async ({ run }) => {
    await run(script);
  });
  const before = knocks;
  await inTheSandbox(async ({ run }, ready) => {
    expect((await run(script)).exitCode).not.toBe(0);
    expect(ready.networkAttempts()).toBeGreaterThan(0);
  });

  expect(before).toBe(1);
  expect(knocks).toBe(1);
});

test('a program cannot read the accounts of this machine', async () => {
  const accounts = await readFile('/etc/passwd', 'utf8');

  await onTheHost(async ({ run }) => expect((await run('cat /etc/passwd')).stdout).toBe(accounts));
  await inTheSandbox(async ({ run }) => {
    const inside = await run('cat /etc/passwd; cat /etc/shadow /etc/hostname /proc/1/root/etc/passwd');
    expect(inside.stdout).toContain('resurgam');
    expect(accounts.split('\n').filter(line => line !== '' && !line.startsWith('root:') && inside.stdout.includes(line))).toEqual([]);
  });
});

test('a program cannot read a secret, by any way to it', async () => {
  const script = `cat ${host}/secret; cat /proc/1/root${host}/secret; cat /proc/*/root${host}/secret; cat /proc/*/cwd${host}/secret`;

  await onTheHost(async ({ run }) => expect((await run(script)).stdout).toContain('patient 4711'));
  await inTheSandbox(async ({ run }) => expect((await run(script)).stdout).not.toContain('patient'));
});

test('a fork bomb ends in the sandbox', async () => {
  const bomb = (most: number): string =>
    `perl -e '$| = 1; for (1..${String(most)}) { my $p = fork; die "none left" unless defined $p; if (!$p) { sleep 15; exit } } print "all"; kill 9, 0'`;

  await onTheHost(async ({ run }) => expect((await run(`setsid ${bomb(60)}; true`)).stdout).toBe('all'));
  await inTheSandbox(async ({ run }, ready) => {
    const inside = await run(`${bomb(60)}; sleep 12; echo survived`);
    expect(inside.stdout).not.toContain('all');
    expect(inside.stdout).not.toContain('survived');
    expect(ready.jail.limitHit()).toBe('processes');
  });
});

test('a memory hog ends in the sandbox', async () => {
  const hog = `perl -e '$| = 1; my @all; for (1..24) { push @all, "x" x 8_000_000; select undef, undef, undef, 0.03 } print "all"; sleep $ARGV[0]; print " kept"'`;

  await onTheHost(async ({ run }) => expect((await run(`${hog} 0`)).stdout).toBe('all kept'));
  await inTheSandbox(async ({ run }, ready) => {
    // It goes on holding it: where only the watch counts, that comes round late on a busy machine.
    expect((await run(`${hog} 15`)).stdout).not.toContain('kept');
    expect(ready.jail.limitHit()).toBe('memory');
  });
});

test('memory in /tmp, /dev/shm and the root is memory too, or cannot be had', async () => {
  const script =
    'for at in /tmp /dev/shm / /dev /usr/local /run; do head -c 140000000 /dev/zero > $at/fill-$$ && echo filled; done; echo end';

  await inTheSandbox(async ({ run }) => expect((await run(script)).stdout).not.toContain('filled'));
});

test('a disk filler ends in the sandbox', async () => {
  const fill = (data: string): string => `for i in {1..16}; do head -c 4000000 /dev/zero > ${data}/$i; sleep 0.05; done`;

  await onTheHost(async ({ run, data }) => {
    expect((await run(`${fill(data)}; echo all`)).stdout).toBe('all\n');
    await rm(data, { recursive: true });
  });
  await inTheSandbox(async ({ run, data }, ready) => {
    // The watch looks four times a second, and more rarely on a busy machine: what it took stays taken.
    expect((await run(`${fill(data)}; sleep 15; echo all`)).stdout).toBe('');
    expect(ready.jail.limitHit()).toBe('disk');
  });
});

test('a program cannot end processes of this machine', async () => {
  await bystander(async child => {
    const script = `kill -KILL ${String(child.pid)} && echo killed`;
    await onTheHost(async ({ run }) => expect((await run(script)).stdout).toBe('killed\n'));
  });
  await bystander(async child => {
    const script = `kill -KILL ${String(child.pid)} && echo killed; kill -KILL -- -1; true`;
    await inTheSandbox(async ({ run }) => expect((await run(script)).stdout).toBe(''));
    expect((await readProcess(child.pid ?? 0))?.state).toBe('S');
  });
});

test('a program cannot look into others', async () => {
  const attach = (pid: string): string => {
    const number = process.arch === 'arm64' ? 117 : 101;
    return `perl -e 'my $to = ${pid}; my $r = syscall(${String(number)}, 16, $to, 0, 0); print $r == 0 ? "attached" : "refused"; syscall(${String(number)}, 17, $to, 0, 0) if $r == 0'`;
  };

  await bystander(async child => {
    const script = attach(String(child.pid));
    await onTheHost(async ({ run }) => expect((await run(script)).stdout).toBe('attached'));
    await inTheSandbox(async ({ run }) => expect((await run(script)).stdout).toBe('refused'));
  });
  // Nor into one of its own, which would show that it was only the pid that it did not know.
  const own = `sleep 5 & ${attach(`'$!'`)}; kill -KILL %1`;
  await onTheHost(async ({ run }) => expect((await run(own)).stdout).toBe('attached'));
  await inTheSandbox(async ({ run }) => expect((await run(own)).stdout).toBe('refused'));
});

test('a program cannot change the staged bytes', async () => {
  const script = (staged: string): string => `echo changed > ${staged}/dump; cat ${staged}/dump; rm ${staged}/dump && echo gone`;

  await onTheHost(async ({ run, staged }) => expect((await run(script(staged))).stdout).toBe('changed\ngone\n'));
  await inTheSandbox(async ({ run, staged }, ready) => {
    expect((await run(script(staged))).stdout).toBe('staged');
    expect(await readFile(join(ready.staging, 'dump'), 'utf8')).toBe('staged');
  });
});

test('a program cannot make namespaces, mounts or device files', async () => {
  const script = 'unshare --user true && echo user; unshare --user --mount true && echo mount; mknod /data/x c 1 3 && echo node; true';

  await onTheHost(async ({ run }) => expect((await run(script)).stdout).toContain('user\nmount\n'));
  await inTheSandbox(async ({ run }) => expect((await run(script)).stdout).toBe(''));
});

test('a program cannot read bytes of this machine past its mounts', async () => {
  // open_by_handle_at reaches any file of a file system from one that is mounted; BPF, keyrings and io_uring went the same way before.
  const calls = process.arch === 'arm64' ? { handle: 265, bpf: 280, keyctl: 219 } : { handle: 304, bpf: 321, keyctl: 250 };
  const all = [...Object.values(calls), 425].map(String).join(', ');
  const script = `perl -e 'for my $call (${all}) { $! = 0; syscall($call, 0, 0, 0, 0, 0); print $!{EPERM} ? "closed " : "open " }'`;

  await inTheSandbox(async ({ run }) => expect((await run(script)).stdout).toBe('closed closed closed closed '));
});
