import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Jail, JailCommand } from '../../src/backup/target.ts';
import type { Limits, ReadySandbox, Sandbox, SandboxRequest } from '../../src/sandbox/sandbox.ts';
import { systemClock, type Clock } from '../../src/system/clock.ts';
import type { ToolResult } from '../../src/system/process.ts';

/** What every kind of sandbox must do. Without vitest, so that it can also run in a process of another user. */
export interface SandboxCase {
  readonly title: string;
  run(given: GivenSandbox): Promise<void>;
}

export interface GivenSandbox {
  readonly sandbox: Sandbox;
  /** A folder of the host that the tests may write. Outside every sandbox. */
  readonly outside: string;
  /** The scratch folder of `sandbox`. */
  readonly scratch: string;
  /** The clock of `sandbox`. */
  readonly clock: ClockAhead;
}

/** A clock that goes as the machine's does, until a test puts it forward. */
export interface ClockAhead extends Clock {
  putForward(ms: number): void;
}

export function clockAhead(): ClockAhead {
  let ahead = 0;
  return {
    now: () => systemClock.now(),
    monotonicMs: () => systemClock.monotonicMs() + ahead,
    putForward: ms => {
      ahead += ms;
    },
  };
}

export const MIB = 1024 * 1024;
const never = new AbortController().signal;
let count = 0;

export function requestOf(limits: Partial<Limits> = {}, more: Partial<SandboxRequest> = {}): SandboxRequest {
  const all = { memoryBytes: 1024 * MIB, diskBytes: 1024 * MIB, processes: 200, cpus: 1, timeMs: 60_000, ...limits };
  return { drill: `drill-${String(process.pid)}-${String(count++)}`, limits: all, expectedBytes: MIB, accept: [], ...more };
}

export async function shell(jail: Jail, script: string, more: Partial<JailCommand> = {}): Promise<ToolResult> {
  return jail.run({ file: '/bin/sh', args: ['-c', script], ...more }, never);
}

async function within(given: GivenSandbox, act: (ready: ReadySandbox) => Promise<void>, limits: Partial<Limits> = {}): Promise<void> {
  const ready = await given.sandbox.provision(requestOf(limits), never);
  try {
    await act(ready);
  } finally {
    const destroyed = await ready.destroy();
    assert.equal(destroyed.verified, true, JSON.stringify(destroyed));
  }
}

interface Fetch {
  readonly script: string;
  readonly visible?: readonly string[];
  readonly network?: boolean;
}

async function fetchWith(ready: ReadySandbox, fetch: Fetch): Promise<readonly string[]> {
  const lines: string[] = [];
  const { script, visible = [], network = false } = fetch;
  const command = {
    file: '/bin/sh',
    args: ['-c', script],
    env: { CREDENTIAL: 'c1' },
    stdin: 'asked\n',
    visible,
    network,
    timeLimitMs: 20_000,
  };
  await ready.fetchJail({ ...command, onLine: line => void lines.push(line) }, never);
  return lines;
}

export const sandboxCases: readonly SandboxCase[] = [
  {
    title: 'is available on this machine',
    run: async ({ sandbox }) => assert.equal(await sandbox.unavailable(), undefined),
  },
  {
    title: 'proves its isolation before anyone uses it',
    run: given =>
      within(given, async ready => {
        assert.equal(ready.isolation, 'proved');
        assert.deepEqual(
          ready.findings.filter(found => found.outcome !== 'passed'),
          [],
        );
        assert.equal(ready.findings.at(-1)?.code, 'isolation.proved');
        assert.ok(ready.findings.length >= 14);
        assert.equal(ready.networkAttempts(), 0);
        assert.deepEqual(await readdir(ready.staging), []);
        assert.deepEqual(await readdir(ready.jail.folder), []);
      }),
  },
  {
    title: 'runs a program and tells how it ended',
    run: given =>
      within(given, async ({ jail }) => {
        const result = await shell(jail, 'echo out; echo err >&2; exit 7');
        assert.deepEqual([result.exitCode, result.stdout, result.stderr], [7, 'out\n', 'err\n']);
        const killed = await shell(jail, 'kill -KILL $$');
        assert.notEqual(killed.exitCode, 0);
        const missing = await jail.run({ file: 'no-such-program', args: [] }, never);
        assert.equal(missing.exitCode, 127);
      }),
  },
  {
    title: 'runs nothing as root, and nothing that it was not told',
    run: given =>
      within(given, async ({ jail }) => {
        const result = await shell(jail, 'id -u; id -un; env | sort', { env: { ASKED: 'for this' } });
        const [uid, name, ...env] = result.stdout.trimEnd().split('\n');
        assert.notEqual(uid, '0');
        assert.equal(name, 'resurgam');
        assert.deepEqual(
          env.map(line => line.split('=')[0]),
          ['ASKED', 'HOME', 'LANG', 'PATH', 'PWD'],
        );
      }),
  },
  {
    title: 'gives standard input, an output file, and each chunk to whoever asks',
    run: given =>
      within(given, async ({ jail }) => {
        const { Readable } = await import('node:stream');
        const chunks: string[] = [];
        const first = {
          stdin: Readable.from([Buffer.from('to the program')]),
          stdout: (chunk: Buffer) => void chunks.push(chunk.toString()),
        };
        await shell(jail, 'cat', first);
        const file = join(given.outside, 'printed');
        await shell(jail, 'echo to a file', { stdout: { file } });
        assert.equal(chunks.join(''), 'to the program');
        assert.equal(await readFile(file, 'utf8'), 'to a file\n');
        await rm(file);
      }),
  },
  {
    title: 'lets programs write where they were given a folder, and meet there',
    run: given =>
      within(given, async ({ jail }) => {
        const data = await jail.makeFolder('data');
        const write = await shell(jail, 'echo kept > /data/kept', { mounts: [{ from: data, at: '/data', write: true }] });
        const read = await shell(jail, 'cat /opt/place/kept; echo no > /opt/place/kept', { mounts: [{ from: data, at: '/opt/place' }] });
        assert.equal(write.exitCode, 0, write.stderr);
        assert.equal(read.stdout, 'kept\n');
        assert.notEqual(read.exitCode, 0);
        assert.equal(await readFile(join(data, 'kept'), 'utf8'), 'kept\n');
      }),
  },
  {
    title: 'shows staged bytes read-only to the second jail',
    run: given =>
      within(given, async ready => {
        await fetchWith(ready, { script: `echo staged > ${ready.staging}/dump` });
        const result = await shell(ready.jail, 'cat /staged/dump; echo changed > /staged/dump; rm -f /staged/dump; ls /staged', {
          mounts: [{ from: ready.staging, at: '/staged' }],
        });
        assert.equal(result.stdout, 'staged\ndump\n');
        assert.equal(await readFile(join(ready.staging, 'dump'), 'utf8'), 'staged\n');
      }),
  },
  {
    title: 'refuses writable mounts of anything that its jail did not make, also through a link',
    run: given =>
      within(given, async ready => {
        const data = await ready.jail.makeFolder('data');
        await symlink(given.outside, join(data, 'way-out'));
        const from = [given.outside, ready.staging, ready.jail.folder, join(data, 'way-out')];
        for (const path of from) {
          const tried = shell(ready.jail, 'true', { mounts: [{ from: path, at: '/x', write: true }] });
          await assert.rejects(tried, { name: 'SandboxError', code: 'broke' });
        }
        await assert.rejects(shell(ready.jail, 'true', { mounts: [{ from: join(data, 'way-out'), at: '/x' }] }), { code: 'broke' });
        await assert.rejects(ready.jail.makeFolder('../../out'), { code: 'broke' });
      }),
  },
  {
    title: 'keeps a server running, reachable from outside through a socket in a shared folder, and stops it as told',
    run: given =>
      within(given, async ({ jail }) => {
        const socket = await jail.makeFolder('socket');
        const server = await jail.spawn({
          file: 'perl',
          args: ['-MSocket', '-e', SOCKET_SERVER],
          mounts: [{ from: socket, at: '/socket', write: true }],
        });
        assert.equal(await askSocket(join(socket, 's')), 'hello');
        const ended = await server.stop('SIGINT', 5_000);
        assert.deepEqual([ended.exitCode, ended.stdout], [42, 'told to stop\n']);
      }),
  },
  {
    title: 'kills a server that does not stop when told',
    run: given =>
      within(given, async ({ jail }) => {
        const server = await jail.spawn({ file: '/bin/sh', args: ['-c', 'trap "" INT TERM; while :; do sleep 0.05; done'] });
        const ended = await server.stop('SIGTERM', 300);
        assert.notEqual(ended.exitCode, 0);
      }),
  },
  {
    title: 'ends a program at its time limit, and all that it started',
    run: given =>
      within(given, async ({ jail }) => {
        const result = await shell(jail, 'setsid sh -c "trap \'\' TERM; sleep 50" & sleep 50', { timeLimitMs: 300 });
        assert.equal(result.timedOut, true);
        assert.equal(jail.limitHit(), undefined);
      }),
  },
  {
    title: 'ends a program when the drill is stopped',
    run: given =>
      within(given, async ({ jail }) => {
        const stop = new AbortController();
        setTimeout(() => stop.abort(), 200);
        const result = await jail.run({ file: 'sleep', args: ['50'] }, stop.signal);
        assert.equal(result.stopped, true);
      }),
  },
  {
    title: 'stops at its memory limit and says so',
    run: given =>
      within(
        given,
        async ({ jail }) => {
          const result = await jail.run(
            {
              file: 'perl',
              // More than the limit, less than what one process may hold where only the watch counts: that is left to come round.
              args: ['-e', 'my @all; for (1..24) { push @all, "x" x 8_000_000; select undef, undef, undef, 0.05 } sleep 50; print "all"'],
            },
            never,
          );
          assert.equal(result.stdout, '');
          assert.equal(jail.limitHit(), 'memory');
        },
        { memoryBytes: 128 * MIB },
      ),
  },
  {
    title: 'holds memory down that grows faster than anyone looks',
    run: given =>
      within(
        given,
        async ({ jail }) => {
          const result = await jail.run({ file: 'perl', args: ['-e', 'my $all = "x" x 700_000_000; print "all"'] }, never);
          assert.equal(result.stdout, '');
          assert.notEqual(result.exitCode, 0);
        },
        { memoryBytes: 128 * MIB },
      ),
  },
  {
    title: 'stops at its limit of processes and says so',
    run: given =>
      within(
        given,
        async ({ jail }) => {
          await jail.run(
            { file: 'perl', args: ['-e', 'for (1..400) { my $p = fork; last unless defined $p; if (!$p) { sleep 20; exit } } sleep 20'] },
            never,
          );
          assert.equal(jail.limitHit(), 'processes');
        },
        { processes: 40 },
      ),
  },
  {
    title: 'stops at its disk limit and says so',
    run: given =>
      within(
        given,
        async ({ jail }) => {
          const data = await jail.makeFolder('data');
          const fill =
            'i=0; while [ $i -lt 200 ]; do head -c 4000000 /dev/zero > /data/$i; sleep 0.02; i=$((i+1)); done; sleep 50; echo all';
          const result = await shell(jail, fill, { mounts: [{ from: data, at: '/data', write: true }] });
          assert.equal(result.stdout, '');
          assert.equal(jail.limitHit(), 'disk');
        },
        { diskBytes: 64 * MIB },
      ),
  },
  {
    title: 'counts one file that grows at once, and files that were deleted while open',
    run: async given => {
      const at = (from: string) => ({ mounts: [{ from, at: '/data', write: true }] });
      await within(
        given,
        async ({ jail }) => {
          const result = await shell(jail, 'head -c 200000000 /dev/zero > /data/one && echo all', at(await jail.makeFolder('data')));
          assert.equal(jail.limitHit(), 'disk', JSON.stringify(result));
        },
        { diskBytes: 64 * MIB },
      );
      await within(
        given,
        async ({ jail }) => {
          const hide =
            'for i in 3 4 5 6; do eval "exec $i> /data/f"; rm /data/f; head -c 30000000 /dev/zero >&$i; sleep 0.1; done; sleep 20; echo all';
          const result = await jail.run({ file: 'bash', args: ['-c', hide], ...at(await jail.makeFolder('data')) }, never);
          assert.equal(result.stdout, '');
          assert.equal(jail.limitHit(), 'disk');
        },
        { diskBytes: 64 * MIB },
      );
    },
  },
  {
    title: 'stops at its time limit and says so',
    run: given =>
      within(
        given,
        async ({ jail }) => {
          // Not before it runs: to make the sandbox takes of the same time, on a busy machine much of it.
          const stdout = (): void => given.clock.putForward(600_000);
          const result = await shell(jail, 'echo up; sleep 50', { stdout });
          assert.notEqual(result.exitCode, 0);
          assert.equal(jail.limitHit(), 'time');
        },
        { timeMs: 600_000 },
      ),
  },
  {
    title: 'counts how often programs tried to reach a network',
    run: given =>
      within(given, async ready => {
        await ready.jail.run({ file: 'bash', args: ['-c', 'sleep 2; for i in 1 2 3; do echo > /dev/tcp/192.0.2.1/80; done'] }, never);
        assert.equal(ready.networkAttempts(), 3);
      }),
  },
  {
    title: 'fetches with credentials, into staging alone',
    run: given =>
      within(given, async ready => {
        const store = join(given.outside, 'store');
        await mkdir(store, { recursive: true });
        await writeFile(join(store, 'backup'), 'bytes');
        const script = `read asked; echo "$asked $CREDENTIAL"; cat ${store}/backup > ${ready.staging}/copy; echo x > ${store}/new; echo x > ${store}/backup; echo x > /usr/x; echo x > ${ready.jail.folder}/x; ls ${given.outside}`;
        const fetched = await fetchWith(ready, { script, visible: [store] });
        assert.deepEqual(fetched, ['asked c1', 'store']);
        assert.equal(await readFile(join(ready.staging, 'copy'), 'utf8'), 'bytes');
        assert.deepEqual(await readdir(store), ['backup']);
        assert.equal(await readFile(join(store, 'backup'), 'utf8'), 'bytes');
        await rm(store, { recursive: true });
      }),
  },
  {
    title: 'gives the network to the fetching jail if it is asked for, and only then',
    run: given =>
      within(given, async ready => {
        let knocks = 0;
        const server = createServer(socket => {
          knocks++;
          socket.destroy();
        });
        await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
        const address = server.address();
        assert.ok(address !== null && typeof address === 'object');
        const knock = `bash -c 'echo > /dev/tcp/127.0.0.1/${String(address.port)}' && echo in`;
        const [without, withIt] = [await fetchWith(ready, { script: knock }), await fetchWith(ready, { script: knock, network: true })];
        const second = await shell(ready.jail, knock);
        server.close();
        assert.deepEqual([without, withIt, second.stdout, knocks], [[], ['in'], '', 1]);
      }),
  },
  {
    title: 'hides its own home from a fetching jail whose store lies above it',
    run: given =>
      within(given, async ready => {
        const home = join(given.scratch, '..');
        await mkdir(join(home, 'keys'), { recursive: true });
        await writeFile(join(home, 'keys', 'secret'), 'key');
        const fetched = await fetchWith(ready, {
          script: `cat ${home}/keys/secret; ls ${home}; echo ok > ${ready.staging}/ok && echo fetched`,
          visible: [join(home, '..')],
        });
        assert.deepEqual(fetched, ['scratch', 'fetched']);
        await rm(join(home, 'keys'), { recursive: true });
      }),
  },
  {
    title: 'shows our own program to the fetching jail, and no folder that would undo it',
    run: given =>
      within(given, async ready => {
        const lines: string[] = [];
        const asked = { file: process.execPath, env: {}, stdin: '{"a":1}', visible: [], network: false, timeLimitMs: 20_000 };
        const args = [
          '-e',
          'process.stdin.on("data", d => console.log(JSON.parse(d).a, process.getuid() === 0, Object.keys(process.env).join()))',
        ];
        await ready.fetchJail({ ...asked, args, onLine: line => void lines.push(line) }, never);
        assert.deepEqual(lines, ['1 false PATH,HOME,LANG,PWD']);
        for (const path of ['/', '/proc', '/proc/1', '/dev/', 'relative', join(given.scratch, '..')]) {
          const refused = ready.fetchJail({ ...asked, args, visible: [path], onLine: () => undefined }, never);
          await assert.rejects(refused, { name: 'SandboxError', code: 'broke' });
        }
      }),
  },
  {
    title: 'refuses a restore that the disk or the limit is too small for, with figures, and leaves nothing',
    run: async given => {
      const before = await readdir(given.scratch).catch(() => []);
      const tooMuch = given.sandbox.provision(requestOf({ diskBytes: 2 ** 52 }, { expectedBytes: 2 ** 51 }), never);
      await assert.rejects(tooMuch, { name: 'SandboxError', code: 'disk-too-small', message: /GiB are free/ });
      const overLimit = given.sandbox.provision(requestOf({ diskBytes: MIB }, { expectedBytes: 2 * MIB }), never);
      await assert.rejects(overLimit, { code: 'disk-too-small', message: /limit is 1\.0 MiB/ });
      await assert.rejects(given.sandbox.provision(requestOf({ memoryBytes: MIB }), never), { code: 'memory-too-small' });
      assert.deepEqual(await readdir(given.scratch).catch(() => []), before);
    },
  },
  {
    title: 'makes no second sandbox for one drill, nor one for a drill that was stopped',
    run: given =>
      within(given, async ready => {
        const twice = given.sandbox.provision(requestOf({}, { drill: ready.label }), never);
        await assert.rejects(twice, { code: 'broke', message: 'this drill has a sandbox already' });
        assert.ok((await stat(ready.staging)).isDirectory());
        await assert.rejects(given.sandbox.provision(requestOf(), AbortSignal.abort()), { code: 'stopped' });
        await assert.rejects(given.sandbox.provision(requestOf({}, { drill: '../out' }), never), { code: 'broke' });
      }),
  },
  {
    title: 'leaves nothing when it is destroyed while programs run, and can be destroyed again',
    run: async given => {
      const ready = await given.sandbox.provision(requestOf(), never);
      const data = await ready.jail.makeFolder('data');
      const odd =
        'mkdir -p "/data/a b/-rf" "/data/new\nline"; touch /data/-x "/data/new\nline/é"; chmod 000 "/data/a b"; setsid sh -c "trap \'\' TERM; sleep 60" & sleep 60';
      const running = ready.jail.run({ file: '/bin/sh', args: ['-c', odd], mounts: [{ from: data, at: '/data', write: true }] }, never);
      await new Promise(resolve => setTimeout(resolve, 300));
      const destroyed = await ready.destroy();
      const again = await ready.destroy();
      assert.notEqual((await running).exitCode, 0);
      for (const each of [destroyed, again]) {
        assert.deepEqual({ ...each, at: '' }, { at: '', verified: true, processes: 0, mounts: 0, bytes: 0 });
      }
      assert.equal((await readdir(given.scratch)).includes(ready.label), false);
      await assert.rejects(shell(ready.jail, 'true'), { name: 'SandboxError' });
    },
  },
];

const SOCKET_SERVER = String.raw`
  $| = 1; $SIG{INT} = sub { print "told to stop\n"; exit 42 };
  socket(my $server, AF_UNIX, SOCK_STREAM, 0); bind($server, pack_sockaddr_un('/socket/s')); listen($server, 5);
  while (1) { accept(my $one, $server) or next; syswrite $one, 'hello'; close $one }`;

async function askSocket(path: string): Promise<string> {
  const { connect } = await import('node:net');
  for (let turn = 0; ; turn++) {
    try {
      return await new Promise<string>((resolve, reject) => {
        const client = connect(path);
        client.once('error', reject);
        client.on('data', bytes => {
          client.destroy();
          resolve(bytes.toString());
        });
      });
    } catch (error) {
      if (turn > 600) throw error;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}
