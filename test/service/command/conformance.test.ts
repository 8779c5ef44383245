import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tree } from '../../../src/backup/archive/tree.ts';
import { commandService } from '../../../src/service/command/command.ts';
import type { OpenRequest, RunningService } from '../../../src/service/service.ts';
import { describeService, type GivenService } from '../../conformance/service.ts';
import { never } from '../../conformance/service-opening.ts';
import { restoredOf, type Material } from '../../fixtures/restored-material.ts';

const PORT = 8080;

/** A chart to whoever asks. */
const APP = String.raw`
use strict; use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => shift, Listen => 8, ReuseAddr => 1) or die "no port: $!";
while (my $client = $server->accept) {
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?$/ }
  print $client "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\na chart";
  close $client;
}`;

/** Works on without anybody asking. */
const WORKER = String.raw`open(my $out, '>', 'works') or die; close $out; sleep 3600`;

interface Restored {
  readonly material: Material;
  readonly request: (options: object) => Partial<OpenRequest>;
  readonly dispose: () => Promise<void>;
}

async function restored(program: string): Promise<Restored> {
  const store = await mkdtemp('/tmp/rsg-application-');
  await mkdir(join(store, '2026-11-26T01:00:00Z'));
  await writeFile(join(store, '2026-11-26T01:00:00Z/app.pl'), program);
  const material = await restoredOf(tree, { from: store });
  return {
    material,
    request: options => ({ section: { engine: 'command', version: null, options: { environment: {}, ...options } } }),
    dispose: async () => {
      await material[Symbol.asyncDispose]();
      await rm(store, { recursive: true });
    },
  };
}

async function makeServer(): Promise<GivenService> {
  const { material, request, dispose } = await restored(APP);
  const options = { port: PORT, ready: { get: '/', status: 200 } };
  const answered = ({ http }: RunningService) => http?.ask({ path: '/chart' }, never);
  return {
    open: {
      material,
      request: request({ ...options, start: ['/usr/bin/perl', '{files}/app.pl', '{port}'] }),
      unavailable: request({ ...options, start: ['/usr/bin/no-such-server'] }),
    },
    asked: [
      { ask: async running => (await answered(running))?.status, answer: 200, inVain: null },
      { ask: async running => (await answered(running))?.body.toString(), answer: 'a chart', inVain: '' },
    ],
    ports: [PORT],
    client: {
      program: ({ name }) => ['/usr/bin/curl', '--silent', '--unix-socket', `/shared/${name}`, 'http://localhost/chart'],
      says: 'a chart',
    },
    [Symbol.asyncDispose]: dispose,
  };
}

async function makeWorker(): Promise<GivenService> {
  const { material, request, dispose } = await restored(WORKER);
  const options = { ready: { command: ['/usr/bin/test', '-e', '{files}/works'] } };
  return {
    open: {
      material,
      request: request({ ...options, start: ['/usr/bin/perl', '{files}/app.pl'] }),
      unavailable: request({ ...options, start: ['/usr/bin/no-such-worker'] }),
    },
    asked: [{ ask: async ({ http }) => (await http?.ask({ path: '/' }, never))?.status, answer: null, inVain: null }],
    [Symbol.asyncDispose]: dispose,
  };
}

const service = commandService();
describeService({ service, kind: 'a service that listens', has: { open: ['files', 'http', 'share'] }, make: makeServer });
describeService({ service, kind: 'a service that nobody calls', has: { open: ['files', 'http', 'tree'] }, make: makeWorker });
