import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bench, CHECKOUT, type Bench } from '../e2e/cli.ts';

const page = readFileSync(`${CHECKOUT}runbooks/tools/systems.md`, 'utf8');
const block = (language: string): string => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1] ?? '';

const SERVER = `use strict; use IO::Socket::INET;
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => shift, Listen => 9, ReuseAddr => 1) or die;
while (my $client = $server->accept) { sysread($client, my $head, 4096); my $text = 'Sign in';
  print $client "HTTP/1.1 200 x\\r\\ncontent-length: " . length($text) . "\\r\\nconnection: close\\r\\n\\r\\n$text"; close $client }`;

let drills: Bench;
beforeAll(async () => {
  drills = await bench({ inProcess: true });
  const stamp = (secondsAgo: number): string => new Date(Date.now() - secondsAgo * 1_000).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const folder = `${drills.backups}/documents/${stamp(60)}`;
  for (const name of ['letters', 'application']) mkdirSync(`${folder}/${name}`, { recursive: true });
  writeFileSync(`${folder}/letters/1.txt`, 'dear colleague');
  writeFileSync(`${folder}/application/server.pl`, SERVER);
  mkdirSync(`${drills.backups}/database`);
  const digest = createHash('sha256').update('dear colleague').digest('hex');
  const sql = `create table document (path text, sha256 text); insert into document values ('/srv/portal/letters/1.txt', '${digest}');`;
  execFileSync('sqlite3', [`${drills.backups}/database/portal-${stamp(120)}.db`, sql]);
  mkdirSync(`${drills.folder}/runbooks/recovery`, { recursive: true });
  writeFileSync(`${drills.folder}/runbooks/recovery/start-portal.ts`, block('ts'));
  writeFileSync(`${drills.folder}/portal`, 'a token', { mode: 0o600 });
});
afterAll(() => drills.remove());

test('the plan and the runbook of the page on whole systems are what they say', async () => {
  const plan = `${drills.folder}/portal.yaml`;
  writeFileSync(plan, block('yaml').replaceAll('/srv/backups/portal', drills.backups).replace('/run/secrets', drills.folder));

  const { record, ran } = await drills.drill(plan);

  expect([record.verdict, record.reasons], ran.stderr).toEqual(['passed', []]);
  expect(record.steps.map(one => [one.name, one.outcome])).toEqual([['See that the application came back with the documents', 'passed']]);
});
