import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { asText, type Statement } from '../../src/evidence/statement.ts';
import type { ReceivedMail } from '../fixtures/mail-server.ts';
import type { SourceServer } from '../fixtures/source-server.ts';
import { testState } from '../fixtures/state.ts';
import { CHECKOUT } from './cli.ts';
import { installation, SMTP_PASSWORD, SOURCE_PASSWORD, until, type Installation } from './installation.ts';
import { startEhr } from './source.ts';

const shell = promisify(execFile);
let source: SourceServer;
let looking: NodeJS.Timeout;
const commandLines = new Set<string>();
beforeAll(async () => {
  source = await startEhr();
  looking = setInterval(lookAtCommandLines, 100);
});
afterAll(async () => {
  clearInterval(looking);
  await source.stop();
});

/** What `ps` shows to every account of the machine. */
function lookAtCommandLines(): void {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      commandLines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
    } catch {
      // It has ended.
    }
  }
}

const isFor =
  (to: string, subject: RegExp) =>
  (mail: ReceivedMail): boolean =>
    mail.to.includes(to) && subject.test(mail.parsed.subject ?? '');

interface Link {
  readonly page: string;
  readonly id: string;
  readonly token: string;
}

function linkIn({ parsed }: ReceivedMail): Link {
  const [, page = '', id = '', token = ''] = /(http:\S+\/escalations\/([^?\s]+))\?token=([\w-]{43})$/m.exec(parsed.text ?? '') ?? [];
  return { page, id, token };
}

/** What the button of the page sends. */
function press({ page, token }: Link): Promise<Response> {
  return fetch(page, { method: 'POST', body: new URLSearchParams({ token }) });
}

async function shown(here: Installation, id: string): Promise<Record<string, unknown>> {
  return JSON.parse((await here.run('escalation', 'show', id, '--json')).stdout) as Record<string, unknown>;
}

/** One word or two for an entry of the ledger. */
function told({ type, predicate }: Statement): string {
  const said = ['plan', 'outcome', 'condition', 'severity', 'contact', 'by', 'to', 'verdict', 'trigger'].map(name =>
    asText(predicate[name]),
  );
  return [type, ...said].filter(word => word !== undefined).join(' ');
}

/** Those of `told` that come in this order; what happens in between may be anything. */
function inOrder(entries: readonly Statement[], story: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const entry of entries) if (told(entry).startsWith(story[found.length] ?? '-')) found.push(story[found.length] ?? '');
  return found;
}

async function verified(here: Installation): Promise<readonly string[]> {
  const folder = join(here.place.home, 'ledger/lakeside');
  const ours = await here.run('verify', 'lakeside');
  const files = ['ledger.jsonl', 'checkpoint.txt', 'signer.pem'].map(name => join(folder, name));
  const script = await shell('bash', [join(CHECKOUT, 'templates/verify.sh'), ...files]);
  return [ours.stdout.split('\n')[0] ?? '', script.stdout.split('\n')[0] ?? ''];
}

/** Which of these words stand in a file below the folder. */
async function leaked(folder: string, words: readonly string[]): Promise<readonly string[]> {
  // Not as arguments: those are looked at, too.
  const searching = shell('grep', ['-rlaF', '-f', '-', folder]);
  searching.child.stdin?.end(words.join('\n'));
  const { stdout } = await searching.catch((error: unknown) => error as { stdout: string });
  return stdout.split('\n').filter(line => line !== '');
}

async function dumpOfState(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ all: string }>("select database_to_xml(true, false, '')::text as all");
    return rows[0]?.all ?? '';
  } finally {
    await client.end();
  }
}

describe.concurrent('always on', () => {
  test('a failing backup travels from cron to a person and back to a good one', async ({ expect }) => {
    await using at = await testState();
    await using here = await installation(source, { DATABASE_URL: at.url });

    // A good night for both systems; then somebody moves the port of one, and cron says nothing to anybody.
    const nights = [await here.nightly('ehr', 'monday.dump'), await here.nightly('lab', 'monday.dump')];
    const broken = await here.nightly('ehr', 'tuesday.dump', '-p 5999');

    expect(nights.map(({ code }) => code)).toEqual([0, 0]);
    expect([broken.code, (await stat(here.backup('ehr', 'tuesday.dump'))).size]).toEqual([1, 0]);

    // The first look finds it, and both who are to be called hear of it.
    const serving = await here.serve();
    const opened = await here.mailed(isFor('ana@lakeside.example', /^\[P2\] Lakeside ehr: backup failing/));
    const other = await here.mailed(isFor('dana@lakeside.example', /^\[P2\] Lakeside ehr: backup failing/));
    const [link, second] = [linkIn(opened), linkIn(other)];

    expect(opened).toMatchObject({ user: 'resurgam', from: 'resurgam@lakeside.example' });
    expect(link.page).toBe(`${here.url}/escalations/${link.id}`);
    expect(link.token).not.toBe(second.token);

    // A program that checks mails opens the link, twice: nothing happens.
    const pages = [await fetch(`${link.page}?token=${link.token}`), await fetch(`${link.page}?token=${link.token}`)];
    const untouched = await shown(here, link.id);

    expect(pages.map(({ status }) => status)).toEqual([200, 200]);
    expect(await pages[0]?.text()).toContain('Signed as Ana Ortiz');
    expect(untouched).toMatchObject({ state: 'open', acknowledgedBy: null });

    // Ana presses the button. The link works once, and nobody else can speak who is no contact.
    const pressed = await press(link);
    const again = await press(link);
    const taken = await shown(here, link.id);
    const stranger = await here.run('escalation', 'ack', link.id, '--by', 'mallory');

    expect([pressed.status, again.status]).toEqual([200, 410]);
    expect(taken).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'on-call' });
    expect([stranger.code, stranger.stderr]).toEqual([2, expect.stringContaining('only a contact of the client can do this')]);
    await here.mailed(isFor('dana@lakeside.example', /^\[P2\] Being worked on: Lakeside ehr/));

    // She mends the job. Nobody closes the matter: the next look at the backups does, within a minute.
    const mended = await here.nightly('ehr', 'wednesday.dump');
    const ends = await Promise.all(
      ['ana', 'dana'].map(who => here.mailed(isFor(`${who}@lakeside.example`, /^\[P2\] Resolved: Lakeside ehr/))),
    );
    const resolved = await shown(here, link.id);
    const late = await press(second);
    serving.kill('SIGTERM');
    const ended = await serving.ended;

    expect(mended.code).toBe(0);
    expect(ends.map(({ parsed }) => parsed.inReplyTo)).toEqual([opened.parsed.messageId, other.parsed.messageId]);
    expect(resolved).toMatchObject({ state: 'resolved', acknowledgedBy: 'on-call' });
    expect([late.status, ended.code]).toEqual([410, 0]);

    // The ledger tells it in order, and both verifiers accept it.
    const entries = await here.ledger();
    const story = [
      'backup-checked ehr failed',
      'escalation-opened backup-failing P2',
      'escalation-notified on-call',
      'escalation-acknowledged on-call',
      'escalation-changed acknowledged',
      'access',
      'backup-checked ehr passed',
      'escalation-changed restored',
      'escalation-resolved',
      'escalation-notified on-call',
    ];
    const times = entries.map(({ predicate }) => predicate.at);
    const [ours, script] = await verified(here);

    expect(inOrder(entries, story), entries.map(told).join('\n')).toEqual(story);
    expect(entries.map(told)).toContain('backup-checked lab passed');
    expect(times).toEqual([...times].sort());
    expect(ours).toMatch(/^OK \d+ entries/);
    expect(script).toBe(ours);

    // No secret got anywhere.
    const secrets = [link.token, second.token, SMTP_PASSWORD, SOURCE_PASSWORD];
    const written = `${await dumpOfState(at.url)}${[...commandLines].join('\n')}${ended.stderr}${ended.stdout}${stranger.stderr}`;

    expect(written).toContain(link.id);
    expect(secrets.filter(secret => written.includes(secret))).toEqual([]);
    expect(await leaked(here.place.home, secrets)).toEqual([]);
  });

  test('a drill that fails calls somebody, and a passed retest ends it, all on our own server', async ({ expect }) => {
    await using here = await installation(source);
    await here.nightly('lab', 'monday.dump');
    await here.nightly('ehr', 'monday.dump');
    const serving = await here.serve();
    await until(async () => (await here.ledger()).find(entry => told(entry) === 'backup-checked lab passed'));

    await truncate(here.backup('lab', 'monday.dump'), 50_000);
    const failed = await here.run('drill', 'lab', '--quiet');
    const opened = await here.mailed(isFor('ana@lakeside.example', /^\[P2\] Lakeside lab: drill failed/));
    const link = linkIn(opened);
    const taken = await here.run('escalation', 'ack', link.id, '--by', 'it-director');
    const proof = await here.run('escalation', 'resolve', link.id);
    await here.nightly('lab', 'tuesday.dump');
    const passed = await here.run('drill', 'lab', '--quiet', '--trigger', 'retest');
    await Promise.all(
      ['ana', 'dana'].map(who => here.mailed(isFor(`${who}@lakeside.example`, /^\[P2\] Resolved: Lakeside lab, drill failed/))),
    );
    serving.kill('SIGTERM');
    const ended = await serving.ended;

    expect([failed.code, taken.code, proof.code, passed.code, ended.code], failed.stdout + passed.stdout).toEqual([1, 0, 2, 0, 0]);
    expect(proof.stdout).toContain('waits for a passed drill of the plan');
    const entries = await here.ledger();
    const story = [
      'drill-finished lab failed',
      'escalation-opened drill-failed P2',
      'escalation-notified on-call',
      'escalation-acknowledged it-director',
      'drill-finished lab passed retest',
      'escalation-changed restored',
      'escalation-resolved',
      'escalation-notified on-call',
    ];
    const [ours, script] = await verified(here);

    expect(inOrder(entries, story), entries.map(told).join('\n')).toEqual(story);
    expect(ours).toMatch(/^OK \d+ entries/);
    expect(script).toBe(ours);
    expect(await leaked(here.place.home, [link.token, SMTP_PASSWORD, SOURCE_PASSWORD])).toEqual([]);
    expect(await readFile(join(here.place.home, 'ledger/lakeside/ledger.jsonl'), 'utf8')).not.toContain(link.token);
  });
});
