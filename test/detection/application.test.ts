import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bench, type Bench } from '../e2e/cli.ts';
import { startSourceServer } from '../fixtures/source-server.ts';

/** Asks its databases as any application would, by socket and by TCP, and reads a letter. */
const APP = String.raw`#!/usr/bin/perl
use strict; use IO::Socket::INET;
my %e = %ENV;
my @psql = ('/usr/lib/postgresql/15/bin/psql', '-XAtU', $e{PG_USER}, '-d', $e{PG_DATABASE}, '-c', 'select name from patient');
my @maria = ('/usr/bin/mariadb', '--no-defaults', '-NB', "--socket=$e{MARIA_SOCKET}", "--user=$e{MARIA_USER}", '-e', 'select sum(amount) from restored.bill');
sub said { open(my $out, '-|', @_) or return 'none'; local $/; my $text = <$out>; return $text =~ s{\n\z}{}r }
sub letter { open(my $in, '<', "$e{DOCUMENTS}/letter") or return 'no letter'; return <$in> }
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $e{PORT}, Listen => 8) or die;
while (my $client = $server->accept) {
  my ($path) = (<$client> // '') =~ m{^GET (\S+)};
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?$/ }
  my $body = $path eq '/letter' ? letter() : $path eq '/chart' ? join '|', said(@psql, '-h', $e{PG_SOCKET}), said(@psql, '-h', '127.0.0.1', '-p', $e{PG_PORT}), said(@maria), letter() : 'up';
  print $client "HTTP/1.1 200 x\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body";
  close $client;
}`;

const BILLS = `-- MariaDB dump 10.19  Distrib 10.11.14-MariaDB
CREATE TABLE \`bill\` (\`id\` int PRIMARY KEY, \`amount\` int);
INSERT INTO \`bill\` VALUES (1,40),(2,2);
-- Dump completed on 2026-11-27 12:00:00
`;
const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
let place: Bench;
let copy: string;
beforeAll(async () => {
  place = await bench({ inProcess: true });
  const source = await startSourceServer();
  copy = join(place.folder, 'documents', stamp);
  const bills = join(place.folder, 'bills');
  await Promise.all([mkdir(join(copy, 'app'), { recursive: true }), mkdir(bills)]);
  // As an application keeps them: for itself alone.
  await writeFile(join(copy, 'app/server.pl'), APP, { mode: 0o700 });
  await writeFile(join(copy, 'letter'), 'a letter', { mode: 0o600 });
  await writeFile(join(bills, `bills-${stamp}.sql`), BILLS);
  try {
    await source.createDatabase('ehr');
    await source.client('psql', ['-d', 'ehr', '-c', `create table patient (name text); insert into patient values ('somebody')`]);
    await source.client('pg_dump', ['-Fc', '-f', join(place.backups, 'ehr.dump'), 'ehr']);
  } finally {
    await source.stop();
  }
});
afterAll(() => place.remove());

const plan = (): Promise<string> =>
  place.plan(
    'ehr',
    `contract: { rto: 4h, rpo: 7d }
components:
  database:
    backup: { tool: pg-dump, from: ${place.backups} }
  billing:
    backup: { tool: mariadb-dump, from: ${place.folder}/bills }
  documents:
    backup: { tool: tree, from: ${place.folder}/documents }
  application:
    needs: [database, billing, documents]
    service:
      engine: command
      start: ["{documents.files}/app/server.pl"]
      port: 8080
      ready: { get: /, within: 1m }
      environment:
        PORT: "{port}"
        PG_SOCKET: "{database.socket}"
        PG_PORT: "{database.port}"
        PG_USER: "{database.user}"
        PG_DATABASE: "{database.database}"
        MARIA_SOCKET: "{billing.socket}"
        MARIA_USER: "{billing.user}"
        DOCUMENTS: "{documents.files}"
        API_TOKEN: { env: TOKEN }
    probes:
      - http: { get: /chart, contains: a letter }
workflows:
  - name: Open a chart
    http: { component: application, get: /chart, contains: "somebody|somebody|42|a letter" }
    within: 30s
`,
  );

describe('an application with two databases and its documents, each from a backup of its own', () => {
  test('is usable when its own question is answered by all of them', async () => {
    const { record, ran } = await place.drill(await plan(), { TOKEN: 'a-token-of-the-test' });

    expect([record.verdict, record.reasons], ran.stderr).toEqual(['passed', []]);
    expect(record.services.map(({ component, engine }) => `${component} ${engine}`)).toContain('application command');
    expect(record.workflows).toMatchObject([{ name: 'Open a chart', outcome: 'passed' }]);
    expect(record.sandbox).toMatchObject({ networkAttempts: 0 });
    expect(ran.stdout).not.toContain('a-token-of-the-test');
  });

  test.runIf(process.getuid?.() === 0)('comes up over its own files in a container too; what it does not find there fails', async () => {
    await rm(join(copy, 'letter'));
    const text = `components:
  application:
    backup: { tool: tree, from: ${place.folder}/documents }
    service:
      engine: command
      start: ["{files}/app/server.pl"]
      port: 8080
      environment: { PORT: "8080", DOCUMENTS: "{files}", API_TOKEN: { env: TOKEN } }
    probes:
      - http: { get: /, contains: up }
      - http: { get: /letter, contains: a letter }
        name: a letter
      - files: { atLeast: 1 }
sandbox: container
`;
    const { record, ran } = await place.drill(await place.plan('boxed', text), { TOKEN: 'a-token-of-the-test' });

    expect([record.verdict, record.reasons], ran.stderr).toEqual(['failed', ['http.content']]);
    expect(record.findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['service.ready', 'http.ok', 'service.up']));
  });
});
