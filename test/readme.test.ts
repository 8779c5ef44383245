import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as rest } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { startEhr } from './e2e/source.ts';
import { freePort } from './fixtures/free-port.ts';
import { receiveMail, type MailReceiver } from './fixtures/mail-server.ts';
import { blocksUnder, shapeOf, typedIn } from './fixtures/readme.ts';
import type { SourceServer } from './fixtures/source-server.ts';
import { CHECKOUT } from './fixtures/sources.ts';

const blocks = blocksUnder('Running it');
const typed = typedIn(blocks);

/** Why these are not typed here. Everything else is. */
const NOT_TYPED: Readonly<Record<string, string>> = {
  'node src/set-up.mjs demo': 'has been done: no test runs without it',
  'useradd --system --home-dir /var/lib/resurgam --shell /usr/sbin/nologin resurgam': 'changes the machine',
  'cp -r . /opt/resurgam': 'changes the machine',
  'ln -sf /opt/resurgam/dist/main.js /usr/local/bin/resurgam': 'changes the machine',
  'install -d /etc/resurgam': 'changes the machine',
  'cp -r ~/resurgam/plans /etc/resurgam/plans': 'changes the machine',
  'install -m 600 /dev/null /etc/resurgam/environment': 'changes the machine',
  "echo 'SMTP_URL=smtp://localhost:25' >> /etc/resurgam/environment": 'changes the machine',
  "echo 'RESURGAM_URL=http://127.0.0.1:8470' >> /etc/resurgam/environment": 'changes the machine',
  'install -m 644 packaging/resurgam.service /etc/systemd/system/': 'changes the machine',
  'systemd-analyze verify packaging/resurgam.service': 'a test of its own, where systemd is',
  'systemctl daemon-reload': 'changes the machine',
  'systemctl enable --now resurgam': 'changes the machine',
  'journalctl --unit resurgam --follow': 'changes the machine',
  'runuser -u resurgam -- env RESURGAM_HOME=/var/lib/resurgam RESURGAM_PLANS=/etc/resurgam/plans resurgam status': 'needs the account',
};
/** README says so in its words; every other command ends with 0. */
const ENDS_WITH: Readonly<Record<string, number>> = { 'resurgam drill lakeside-ehr': 1, 'resurgam escalation resolve $ID': 2 };

/** What a person sees before going on. By command, and how often it was typed before. */
const WAITS_FOR: Readonly<Record<string, (place: Place) => boolean | Promise<boolean>>> = {
  'resurgam skip lakeside-ehr --reason "The server room moves that night" --by it-director 0': isScheduled,
  'head -c 5000 "$(ls -t backups/ehr/*.dump | head -n 1)" > backups/ehr/broken.dump 0': hasLooked,
  'resurgam escalation list 0': ({ mail }) => subjects(mail, 'ana@').some(line => line.startsWith('[P2] Lakeside EHR: drill failed')),
  'resurgam escalation list 1': ({ mail }) => subjects(mail, 'ana@').some(line => line.startsWith('[P2] Resolved: Lakeside EHR')),
  'resurgam machine list 0': ({ shell }) => shell.type('resurgam machine list').then(({ out }) => out.includes('waits for')),
  'RESURGAM_HOME=~/resurgam/second resurgam machine list 0': ({ shell }) =>
    shell.type('resurgam status').then(({ out }) => out.includes('(rack-2): heard')),
  'resurgam status 1': ({ shell }) => shell.type('resurgam status').then(({ out }) => out.includes('(rack-2): heard')),
};

interface Place {
  readonly home: string;
  readonly port: number;
  readonly mail: MailReceiver;
  readonly source: SourceServer;
  readonly shell: Shell;
}

interface Answer {
  readonly command: string;
  /** What README shows as its output. */
  readonly shown: string | null;
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let place: Place | undefined;
const answers: Answer[] = [];

beforeAll(async () => {
  const [source, mail, port] = await Promise.all([startEhr(), receiveMail(), freePort()]);
  const home = await mkdtemp('/tmp/rsg-readme-');
  const env = { ...source.env, HOME: home, PATH: pathFor(source), NO_COLOR: '1' };
  place = { home, port, mail, source, shell: openShell(home, env) };
  await typeAll(place);
});

afterAll(async () => {
  if (place === undefined) return;
  await place.shell.type('unset DATABASE_URL RESURGAM_LEDGERS; resurgam state stop; RESURGAM_HOME=~/resurgam/restored resurgam state stop');
  place.shell.end();
  await Promise.all([place.source.stop(), place.mail[Symbol.asyncDispose](), rm(place.home, { recursive: true, force: true })]);
});

test('every command that README tells to type ends as README says', () => {
  const expected = typed.filter(({ command }) => !(command in NOT_TYPED)).map(({ command }) => [ENDS_WITH[command] ?? 0, command, '']);

  const ended = answers.filter(({ command }) => !isCron(command));

  expect(expected.length).toBeGreaterThan(30);
  expect(ended.map(({ code, command, err }) => [code, command, code === (ENDS_WITH[command] ?? 0) ? '' : err])).toEqual(expected);
});

test('what is not typed stands in README, and is listed with its reason', () => {
  const commands = new Set(typed.map(({ command }) => command));

  expect(Object.keys(NOT_TYPED).filter(command => !commands.has(command))).toEqual([]);
  expect([...Object.keys(ENDS_WITH)].filter(command => !commands.has(command))).toEqual([]);
});

test('what README shows as output looks as it does', () => {
  const compared = answers.filter(one => one.shown !== null);

  expect(compared).toHaveLength(typed.filter(one => one.shown !== null).length);
  expect(compared.map(({ out }) => shapeOf(out))).toEqual(compared.map(({ shown }) => shapeOf(shown ?? '')));
});

test('the lines for a crontab run as cron runs them, and leave a backup each', () => {
  const lines = answers.filter(({ command }) => isCron(command));
  const dumps = readdirSync(join(place?.home ?? '', 'resurgam/backups/ehr'));

  expect(lines.map(({ code, err }) => [code, err])).toEqual([
    [0, ''],
    [0, ''],
    [0, ''],
  ]);
  expect(dumps).toHaveLength(3);
});

test('people are written to at the test and at the rehearsal, with a link to answer by', () => {
  const mail = place?.mail.mails ?? [];
  const opened = mail.find(({ parsed }) => parsed.subject?.startsWith('[P2] Lakeside EHR: drill failed'));

  expect(subjects(place?.mail, 'ana@')[0]).toBe('[Test] Resurgam: nothing is wrong (test)');
  expect(opened?.parsed.text).toMatch(new RegExp(`^http://127.0.0.1:${place?.port ?? 0}/escalations/e-\\d{8}-[0-9a-f]{6}\\?token=`, 'm'));
});

test('each metric that the rules for Prometheus name is served', () => {
  const snippets = blocks.filter(({ language }) => language === 'yaml').map(({ text }) => text);
  const served = answers.find(({ command }) => command.endsWith('/metrics'))?.out ?? '';
  const named = [...snippets.join('\n').matchAll(/resurgam_[a-z_]+/g)].map(([name]) => name);

  const read = snippets.map(text => parse(text) as object);

  expect(read.map(one => Object.keys(one))).toEqual([['scrape_configs'], ['groups']]);
  expect(named.length).toBeGreaterThan(2);
  expect(named.filter(name => !served.includes(`# TYPE ${name} gauge`))).toEqual([]);
});

test('systemd takes the unit that README installs, where it is there to be asked', () => {
  const command = 'systemd-analyze verify packaging/resurgam.service';
  const isThere = spawnSync('systemd-analyze', ['--version']).status === 0;

  const said = isThere ? spawnSync('sh', ['-c', command], { cwd: CHECKOUT, encoding: 'utf8' }) : { status: 0, stderr: '' };

  expect(typed.map(one => one.command)).toContain(command);
  expect([said.status, said.stderr]).toEqual([0, '']);
});

/** Types README from top to bottom, as one person in one terminal; ends at the first command that README does not explain. */
async function typeAll(at: Place): Promise<void> {
  const times = new Map<string, number>();
  for (const [index, { language, text }] of blocks.entries()) {
    if (language === 'crontab') answers.push(await asCron(at, text));
    for (const { command, shown } of typedIn(blocks.slice(index, index + 2)).filter(({ block }) => block === 0)) {
      if (command in NOT_TYPED) continue;
      const before = times.get(command) ?? 0;
      times.set(command, before + 1);
      await until(WAITS_FOR[`${command} ${before}`], at);
      const answer = await at.shell.type(fitted(command, at));
      answers.push({ command, shown, ...answer });
      if (answer.code !== (ENDS_WITH[command] ?? 0)) return;
    }
  }
}

/** Three things are others here: the port, the mail server, and the PostgreSQL server that machines share. */
function fitted(text: string, { port, mail, source }: Place): string {
  return text
    .replaceAll('8470', String(port))
    .replaceAll('smtp://localhost:25', `smtp://127.0.0.1:${mail.port}`)
    .replaceAll('postgres://resurgam:password@db.example/resurgam', `postgres://resurgam@/resurgam?host=${source.socket}`);
}

/** The last line of a crontab, with its variables: no terminal, `sh`, a percent sign only behind a backslash. */
async function asCron(at: Place, text: string): Promise<Answer> {
  const lines = text.trim().split('\n');
  const [, command = ''] = /^(?:\S+ ){5}(.*)$/.exec(lines.at(-1) ?? '') ?? [];
  const key = answers.map(({ out }) => /^http\S+\/ping\/\S{43}$/m.exec(out)?.[0]).find(url => url !== undefined);
  const ping = lines[0]?.startsWith('PING=') === true && key !== undefined ? { PING: key } : {};
  const env = { ...at.source.env, HOME: at.home, PATH: pathFor(at.source), ...ping };
  await rest(1_100); // The name of a dump is its second.
  if (/(?<!\\)%/.test(command)) return { command: `cron: ${command}`, shown: null, code: 1, out: '', err: 'cron ends a line at a bare %' };
  const child = spawn('/bin/sh', ['-c', command.replaceAll('\\%', '%')], { cwd: at.home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const code = await new Promise<number>(resolve => child.on('close', ended => resolve(ended ?? 1)));
  return { command: `cron: ${command}`, shown: null, code, out, err };
}

function isCron(command: string): boolean {
  return command.startsWith('cron: ');
}

async function until(condition: ((at: Place) => boolean | Promise<boolean>) | undefined, at: Place): Promise<void> {
  for (let looks = 0; condition !== undefined && looks < 1_500 && !(await condition(at)); looks++) await rest(200);
}

function subjects(mail: MailReceiver | undefined, to: string): readonly string[] {
  return (mail?.mails ?? []).filter(one => one.to.some(name => name.startsWith(to))).map(({ parsed }) => parsed.subject ?? '');
}

async function isScheduled({ shell }: Place): Promise<boolean> {
  return (await shell.type('resurgam schedule --json')).out.includes('"lakeside-ehr/drill@');
}

/** The first look at everything is over: what comes later into the ledger is followed. */
async function hasLooked({ port }: Place): Promise<boolean> {
  const metrics = await fetch(`http://127.0.0.1:${port}/metrics`).then(answer => answer.text());
  return metrics.includes('resurgam_recovery_point_age_seconds{');
}

function pathFor({ env }: SourceServer): string {
  return `${dirname(process.execPath)}:${env['PATH'] ?? ''}`;
}

interface Shell {
  type(command: string): Promise<{ readonly code: number; readonly out: string; readonly err: string }>;
  end(): void;
}

/** One bash for all commands, as in a terminal: folder, variables and jobs stay. */
function openShell(folder: string, env: Record<string, string>): Shell {
  const bash: ChildProcess = spawn('bash', ['--noprofile', '--norc'], {
    cwd: CHECKOUT,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  let typedSoFar = 0;
  const type: Shell['type'] = command => {
    const at = join(folder, `typed-${++typedSoFar}`);
    return new Promise(resolve => {
      bash.stdout?.once('data', (chunk: Buffer) => {
        resolve({ code: Number(chunk.toString()), out: readFileSync(`${at}.out`, 'utf8'), err: readFileSync(`${at}.err`, 'utf8') });
      });
      bash.stdin?.write(`eval ${quoted(command)} > ${at}.out 2> ${at}.err < /dev/null; echo $?\n`);
    });
  };
  return {
    type,
    end: () => {
      bash.stdin?.end();
      try {
        process.kill(-(bash.pid ?? 0), 'SIGKILL');
      } catch {
        // Gone already.
      }
    },
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
