import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseEnvelope } from '../../src/evidence/dsse.ts';
import { readStatement, type Statement } from '../../src/evidence/statement.ts';
import { freePort } from '../fixtures/free-port.ts';
import { receiveMail, type MailReceiver, type ReceivedMail } from '../fixtures/mail-server.ts';
import type { SourceServer } from '../fixtures/source-server.ts';
import { bench, type Bench, type Ran, type Running } from './cli.ts';

/** What nobody may find anywhere but where it belongs. */
export const SMTP_PASSWORD = 'Verschluss-4711';
export const SOURCE_PASSWORD = 'Quelle-0815';

/** A whole installation beside a real source and a real mail server: plans, backup folders, a port for the pages. */
export interface Installation extends AsyncDisposable {
  readonly place: Bench;
  readonly mail: MailReceiver;
  readonly url: string;
  /** Environment of every command. */
  readonly env: Readonly<Record<string, string>>;
  /** Starts `resurgam serve`; resolves when the pages answer. */
  serve(): Promise<Running>;
  run(...args: readonly string[]): Promise<Ran>;
  /** The line of a crontab: a shell script, wrapped. Writes `<backups>/<system>/<file>`. */
  nightly(system: string, file: string, more?: string): Promise<Ran>;
  backup(system: string, file: string): string;
  /** The first mail for which this is true, as soon as it is there. */
  mailed(what: (mail: ReceivedMail) => boolean): Promise<ReceivedMail>;
  /** Every entry of the client's ledger so far. */
  ledger(): Promise<readonly Statement[]>;
}

const CLIENT = `client: lakeside
name: Lakeside Family Clinic
timezone: America/Chicago
contacts:
  on-call: { name: Ana Ortiz, email: ana@lakeside.example, channels: [mail] }
  it-director: { name: Dana Reyes, role: risk-owner, email: dana@lakeside.example, channels: [mail] }
ladder: { L1: [on-call, it-director] }
mayDeclareClinical: [it-director]
channels:
  mail: { kind: email, from: resurgam@lakeside.example, server: { env: SMTP_URL } }
`;

export async function installation(source: SourceServer, more: Readonly<Record<string, string>> = {}): Promise<Installation> {
  const place = await bench();
  const mail = await receiveMail({ login: ['resurgam', SMTP_PASSWORD], allowInsecureAuth: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const plans = join(place.folder, 'plans/lakeside');
  await mkdir(plans, { recursive: true });
  await writeFile(join(plans, 'client.yaml'), CLIENT);
  // One is looked at every minute, the other once a day: half a day from now.
  await writeFile(join(plans, 'ehr.yaml'), planOf('ehr', join(place.backups, 'ehr'), '* * * * *'));
  await writeFile(join(plans, 'lab.yaml'), planOf('lab', join(place.backups, 'lab'), `0 ${(new Date().getUTCHours() + 12) % 24} * * *`));
  for (const system of ['ehr', 'lab']) await mkdir(join(place.backups, system));
  const env: Readonly<Record<string, string>> = {
    ...source.env,
    ...{ HOME: place.folder, PATH: `${source.env['PATH'] ?? ''}:${process.env['PATH'] ?? ''}`, PGPASSWORD: SOURCE_PASSWORD },
    ...{ RESURGAM_PLANS: join(place.folder, 'plans'), RESURGAM_URL: url, RESURGAM_PORT: String(port) },
    SMTP_URL: `smtp://resurgam:${SMTP_PASSWORD}@127.0.0.1:${mail.port}`,
    ...more,
  };
  const run = (...args: readonly string[]): Promise<Ran> => place.run(args, env);
  const backup = (system: string, file: string): string => join(place.backups, system, file);
  return {
    ...{ place, mail, url, env, run, backup },
    serve: async () => {
      const running = place.start(['serve', '--interval', '1'], env);
      await Promise.race([running.seen('listening on'), failing(running)]);
      return running;
    },
    nightly: (system, file, options = '') =>
      run('wrap', system, 'database', '--', 'sh', '-c', `pg_dump ${options} -Fc ehr > ${backup(system, file)}`),
    mailed: what => until(() => mail.mails.find(what)),
    ledger: async () => {
      const text = await readFile(join(place.home, 'ledger/lakeside/ledger.jsonl'), 'utf8').catch(() => '');
      return text.split('\n').flatMap(line => {
        const envelope = line === '' ? undefined : parseEnvelope(Buffer.from(line));
        return envelope === undefined ? [] : [readStatement(envelope.payload)];
      });
    },
    [Symbol.asyncDispose]: async () => {
      if (env['DATABASE_URL'] === undefined) await run('state', 'stop');
      await mail[Symbol.asyncDispose]();
      await place.remove();
    },
  };
}

function planOf(name: string, from: string, checked: string): string {
  return `plan: ${name}
client: lakeside
system: { name: 'Lakeside ${name}', tier: 1, owner: it-director }
contract: { rto: 4h, rpo: 1h }
escalation: { failedChecks: 1 }
components:
  database:
    backup: { tool: pg-dump, from: ${from}, job: { every: 30m, grace: 10m } }
workflows:
  - { name: Open a chart, required: true, sql: { component: database, query: "select 1" }, within: 5s }
schedule: { backupCheck: "${checked}", timezone: UTC }
`;
}

async function failing(running: Running): Promise<never> {
  const { code, stderr } = await running.ended;
  throw new Error(`serve ended with ${String(code)}: ${stderr}`);
}

/** Polls: what is waited for happens in another process. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await wait(50);
  }
}
