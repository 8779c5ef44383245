import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Restored } from '../../../src/backup/backup.ts';
import type { Finding } from '../../../src/finding/finding.ts';
import { commandService } from '../../../src/service/command/command.ts';
import { filesService } from '../../../src/service/files/files.ts';
import type { OpenRequest, RunningService, Service } from '../../../src/service/service.ts';
import { newSandbox, type ToolSandbox } from '../../conformance/tool-places.ts';

const never = new AbortController().signal;
const PORT = 8080;

/** An application as somebody might have it: answers by the path, says who it is, and does what the case asks for. */
const APP = String.raw`
use strict; use IO::Socket::INET;
my ($how, $port) = @ARGV;
$| = 1; print "started as $ENV{DB_PASSWORD}\n" if $ENV{DB_PASSWORD};
if ($how eq 'fails') { print STDERR "cannot read patient Jane Doe\n"; exit 3 }
exit 0 if $how eq 'ends';
if ($how eq 'hangs') { sleep 3600 }
if ($how eq 'crashes') { kill 'SEGV', $$ }
if ($how eq 'forks') { exit 0 if fork; require POSIX; POSIX::setsid() }
if ($how eq 'leaves') { IO::Socket::INET->new(PeerAddr => '192.0.2.1:80', Timeout => 1); IO::Socket::INET->new(PeerAddr => '127.0.0.1:1') }
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 8, ReuseAddr => 1) or die "no port: $!";
while (my $client = $server->accept) {
  my ($path) = (<$client> // '') =~ m{^GET (\S+)};
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?$/ }
  my ($status, $body) = (404, '');
  if ($path eq '/healthz') { ($status, $body) = (200, 'ok') }
  if ($path eq '/chart' and open(my $in, '<', "$ENV{DOCUMENTS}/chart")) { ($status, $body) = (200, join '', <$in>) }
  if ($path eq '/end') { exit 7 }
  print $client "HTTP/1.1 $status x\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body";
  close $client;
}`;

let sandbox: ToolSandbox;
/** Of the components that it needs: each has a user of its own. */
let other: ToolSandbox;
beforeAll(async () => {
  [sandbox, other] = await Promise.all([newSandbox({ timeMs: 3_600_000 }), newSandbox({ timeMs: 3_600_000 })]);
});
afterAll(() => Promise.all([sandbox[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]));

const RESTORED: Restored = { findings: [], tools: [], usable: true, says: {} };

interface Given {
  readonly how?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly request?: Partial<OpenRequest>;
}

interface Ran {
  readonly said: readonly string[];
  readonly logged: string;
  readonly findings: readonly Finding[];
}

async function ran({ how = 'serves', options = {}, request: more }: Given, ask?: (service: RunningService) => Promise<void>): Promise<Ran> {
  const start = ['/usr/bin/perl', '{files}/app/server.pl', how, String(PORT)];
  const all = { environment: {}, start, port: PORT, ready: { get: '/healthz', status: 200, within: 20_000 }, ...options };
  let logged = '';
  const opened = await openedIn(sandbox, {
    service: commandService(),
    fill: async folder => {
      await mkdir(join(folder, 'app'));
      await writeFile(join(folder, 'app/server.pl'), APP);
      await writeFile(join(folder, 'app/locked'), '#!/bin/sh\nexit 0\n', { mode: 0o644 });
    },
    request: {
      section: { engine: 'command', version: null, options: all },
      toolLog: (_, text) => (logged += text),
      ...more,
    },
  });
  try {
    const service = await opened.start(never);
    if (service.ready) await ask?.(service);
    const findings = [...service.findings, ...(service.ready ? [await service.stillUp()] : [])];
    return {
      findings,
      logged,
      said: findings.map(({ code, outcome, expected, observed }) => [code, outcome, expected, observed].join(' ')),
    };
  } finally {
    await opened.stop();
  }
}

interface Opening {
  readonly service: Service;
  readonly fill: (folder: string) => Promise<unknown>;
  readonly request?: Partial<OpenRequest>;
}

async function openedIn({ ready }: ToolSandbox, { service, fill, request }: Opening) {
  const { jail, staging } = ready;
  for (const name of ['restored', 'command-ports', 'command-needed-documents'])
    await rm(join(jail.folder, name), { recursive: true, force: true });
  const folder = await jail.makeFolder('restored');
  await fill(folder);
  await jail.own(folder);
  const opened = await service.open?.(
    {
      ...{ jail, section: null, needs: null, folder, restored: RESTORED, reading: { file: '', args: [], paths: [] } },
      ...{ staged: { folder: staging, bytes: 1, sha256: '', findings: [], handle: {} } },
      ...{ progress: () => undefined, toolLog: () => undefined },
      ...request,
    },
    never,
  );
  if (opened === undefined) throw new Error('it takes no files');
  return opened;
}

describe('an application over its restored files', () => {
  test('is ready when it answers, can be asked over HTTP, and is still up at the end', async () => {
    const answers: unknown[] = [];
    const { said, findings } = await ran({}, async service => {
      for (const path of ['/healthz', '/nowhere']) answers.push((await service.http?.ask({ path }, never))?.status);
    });

    expect(said).toEqual(['service.ready passed  ', 'service.up passed  ']);
    expect(findings[0]).toMatchObject({ limitMs: 20_000 });
    expect(answers).toEqual([200, 404]);
  });

  test('may go into the background, as daemons do', async () => {
    expect((await ran({ how: 'forks' })).said).toEqual(['service.ready passed  ', 'service.up passed  ']);
  });

  test('is ready when its port takes connections, or a command of the plan ends with 0', async () => {
    const command = ['/usr/bin/perl', '-MIO::Socket::INET', '-e', `exit(IO::Socket::INET->new(PeerAddr => '127.0.0.1:{port}') ? 0 : 1)`];

    for (const ready of [
      { tcp: true, within: 20_000 },
      { command, within: 20_000 },
    ])
      expect((await ran({ options: { ready } })).said).toEqual(['service.ready passed  ', 'service.up passed  ']);
  });

  test('gets its secrets by none of its arguments, and what it prints of them is not kept', async () => {
    const { said, logged } = await ran({
      how: 'fails',
      options: { environment: { DB_PASSWORD: { env: 'X' } } },
      request: { secret: () => Promise.resolve('correct horse battery') },
    });

    expect(said).toEqual(['service.exited failed  3']);
    expect(logged).toBe('started as [withheld]\ncannot read patient Jane Doe\n');
    expect(JSON.stringify(said)).not.toContain('Doe');
  });
});

const bad: readonly (readonly [mode: string, given: Given, expected: string])[] = [
  ['ends by itself with an error', { how: 'fails' }, 'service.exited failed  3'],
  ['ends at once with 0 and leaves nothing that runs', { how: 'ends' }, 'service.exited failed  0'],
  ['crashes', { how: 'crashes' }, 'service.exited failed  139'],
  ['hangs', { how: 'hangs', options: { ready: { get: '/healthz', status: 200, within: 700 } } }, 'service.not-ready failed 200 '],
  ['answers with an error', { options: { ready: { get: '/no', status: 200, within: 6_000 } } }, 'service.not-ready failed 200 404'],
  [
    'listens on another port than the plan says',
    { options: { port: 8081, ready: { tcp: true, within: 6_000 } } },
    'service.other-port inconclusive 8081 8080',
  ],
  ['is not among the restored files', { options: { start: ['{files}/app/gone'] } }, 'service.program-missing failed  '],
  ['came back without the right to be run', { options: { start: ['{files}/app/locked'] } }, 'service.program-missing failed  '],
];

describe('an application that does not come up is said so, with what is known of why', () => {
  test.each(bad)('one that %s', async (_, given, expected) => {
    expect((await ran(given)).said).toEqual([expected]);
  });

  test('one that ends after it was ready', async () => {
    const { said } = await ran({}, async service => {
      await service.http?.ask({ path: '/end' }, never);
      // Its jail ends later than itself, on a busy machine much later: until then it gives no answer, and nobody knows why.
      while ((await service.stillUp()).code !== 'service.exited') await sleep(50);
    });

    expect(said).toEqual(['service.ready passed  ', 'service.exited failed  7']);
  });

  test('one whose program is not on this machine: what to install is said, and nothing about the backup', async () => {
    await expect(ran({ options: { start: ['/usr/bin/no-such-server'] } })).rejects.toMatchObject({
      code: 'version-unavailable',
      message: expect.stringContaining('/usr/bin/no-such-server is not in the sandbox') as string,
    });
    await expect(ran({ options: { start: ['/bin/sh', '-c', 'no-such-server'] } })).rejects.toMatchObject({ code: 'library-missing' });
  });

  test('one that tries to leave reaches nothing, and is counted', async () => {
    const before = sandbox.ready.networkAttempts();

    const { said } = await ran({ how: 'leaves' });

    expect(said).toEqual(['service.ready passed  ', 'service.up passed  ']);
    expect(sandbox.ready.networkAttempts() - before).toBe(1);
  });
});

describe('an application without a backup, over a component that it needs', () => {
  /** Files as they come back: for all to read, or for their owner alone. */
  async function overDocuments(mode: number): Promise<readonly unknown[]> {
    const opened = await openedIn(other, {
      service: filesService(),
      fill: async folder => {
        await writeFile(join(folder, 'chart'), 'a chart', { mode });
        await cp(join(folder, 'chart'), join(folder, 'server.pl'));
        await writeFile(join(folder, 'server.pl'), APP, { mode });
      },
    });
    const documents = await opened.start(never);
    const answers: unknown[] = [];
    const { said } = await ran(
      {
        options: {
          start: ['/usr/bin/perl', '{documents.files}/server.pl', 'serves', '{port}'],
          environment: { DOCUMENTS: '{documents.files}' },
        },
        request: { needed: new Map([['documents', documents]]), withoutBackup: true },
      },
      async service => {
        answers.push((await service.http?.ask({ path: '/chart' }, never))?.body.toString());
      },
    );
    return [...answers, ...said];
  }

  test('reads its files where they lie, or a copy where their modes keep others out', async () => {
    const expected = ['a chart', 'service.ready passed  ', 'service.up passed  '];

    expect(await overDocuments(0o644)).toEqual(expected);
    expect(await overDocuments(0o600)).toEqual(expected);
  });

  test('a word for which there is nothing is said before anything starts', async () => {
    const request = { needed: new Map(), withoutBackup: true };
    const given = { options: { start: ['/bin/true', '{database.socket}'] }, request };

    await expect(ran(given)).rejects.toMatchObject({ message: expect.stringContaining('{database.socket}') as string });
  });
});
