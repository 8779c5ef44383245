import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import type { App } from '../../src/app.ts';
import { compose, type Surroundings } from '../../src/compose.ts';
import type { Statement } from '../../src/evidence/statement.ts';
import { readEndings, type Reconciliation } from '../../src/store/endings.ts';
import { openHome } from '../../src/store/home.ts';
import { machineKeys } from '../../src/store/keys.ts';
import { ledgerPaths } from '../../src/store/ledger-folder.ts';
import type { Ledger } from '../../src/store/ledger.ts';
import { readLedger } from '../../src/store/read-ledger.ts';
import { verifyPath } from '../../src/store/verify-path.ts';
import { endWorker, settled, startWorker, tick, type WorkerRun, type WorkerSetting } from '../../src/worker.ts';
import { receiveMail, type MailReceiver } from '../fixtures/mail-server.ts';
import { startEhr } from '../e2e/source.ts';

const VERIFY = join(import.meta.dirname, '../../templates/verify.sh');
export const HOUR_MS = 3_600_000;

/** One small dump, made once per test file. */
let dumped: Promise<string> | undefined;

async function dump(): Promise<string> {
  const source = await startEhr();
  try {
    const file = join(await mkdtemp('/tmp/rsg-dump-'), 'ehr.dump');
    await source.client('pg_dump', ['-Fc', '-f', file, 'ehr']);
    return file;
  } finally {
    await source.stop();
  }
}

/** To be called when the file is done. */
export async function removeDump(): Promise<void> {
  if (dumped !== undefined) await rm(join(await dumped, '..'), { recursive: true, force: true });
  dumped = undefined;
}

/** Goes on by itself like a real one, from wherever the test sets it. */
export class TestClock {
  #offset = 0;

  constructor(now: string) {
    this.to(now);
  }

  now(): string {
    return new Date(this.#offset + performance.now()).toISOString();
  }

  monotonicMs(): number {
    return performance.now();
  }

  to(now: string): void {
    this.#offset = Date.parse(now) - performance.now();
  }

  by(ms: number): void {
    this.#offset += ms;
  }
}

/** A worker of the test, and how to end its process. */
export interface Hand {
  readonly app: App;
  readonly run: WorkerRun;
  readonly said: string[];
  /** One look, and everything that it began. */
  look(): Promise<void>;
  /** As SIGTERM does. */
  end(): Promise<void>;
  readonly stop: AbortController;
}

export interface PlanSetting {
  readonly client?: string;
  readonly cron: string;
  readonly timezone?: string;
  readonly check?: string;
  /** A folder without a backup makes drills cost nothing: they fail at once. */
  readonly real?: boolean;
  /** Further lines of the plan. */
  readonly more?: string;
}

/** An installation that lives by the test's clock: home, plans, backups, mail. */
export class Living implements AsyncDisposable {
  readonly folder: string;
  readonly clock: TestClock;
  readonly mail: MailReceiver;
  readonly databaseUrl: string;
  /** Whether machines with homes of their own share the ledgers. */
  readonly ledgers: 'files' | 'shared';
  #made = 0;

  constructor({ folder, clock, mail, databaseUrl, ledgers }: Pick<Living, 'folder' | 'clock' | 'mail' | 'databaseUrl' | 'ledgers'>) {
    this.folder = folder;
    this.clock = clock;
    this.mail = mail;
    this.databaseUrl = databaseUrl;
    this.ledgers = ledgers;
  }

  get env(): Readonly<Record<string, string>> {
    return {
      ...{ PATH: process.env['PATH'] ?? '', HOME: this.folder, DATABASE_URL: this.databaseUrl, RESURGAM_HOME: this.home },
      ...{
        RESURGAM_PLANS: join(this.folder, 'plans'),
        SMTP_URL: `smtp://127.0.0.1:${this.mail.port}`,
        NO_COLOR: '1',
        RESURGAM_LEDGERS: this.ledgers,
      },
    };
  }

  get home(): string {
    return join(this.folder, 'home');
  }

  async client(client: string, timezone = 'UTC'): Promise<void> {
    const text = `client: ${client}
name: ${client}
timezone: ${timezone}
contacts:
  on-call: { name: Ana On Call, email: ana@${client}.example, channels: [mail] }
  it-director: { name: Dana Reyes, email: dana@${client}.example, channels: [mail] }
ladder: { L1: [on-call], L2: [it-director], L3: [it-director], executive: [it-director] }
channels:
  mail: { kind: email, from: resurgam@${client}.example, server: { env: SMTP_URL } }
`;
    await this.write(client, 'client', text);
  }

  async plan(
    plan: string,
    { client = 'lakeside', cron, timezone = 'UTC', check = '17 3 * * *', real = false, more = '' }: PlanSetting,
  ): Promise<void> {
    const backups = join(this.folder, 'backups', plan);
    await mkdir(backups, { recursive: true });
    if (real) await copyFile(await (dumped ??= dump()), join(backups, 'ehr.dump'));
    const text = `plan: ${plan}
client: ${client}
components:
  database:
    backup: { tool: pg-dump, from: ${backups}, job: { every: 20d, grace: 10m } }
contract: { rto: 4h, rpo: 30d }
schedule:
  backupCheck: "${check}"
  drill: { cron: "${cron}", pick: latest }
  timezone: ${timezone}
${more}`;
    await this.write(client, plan, text);
  }

  async write(client: string, name: string, text: string): Promise<void> {
    await mkdir(join(this.folder, 'plans', client), { recursive: true });
    await writeFile(join(this.folder, 'plans', client, `${name}.yaml`), text);
  }

  async forget(client: string, name: string): Promise<void> {
    await rm(join(this.folder, 'plans', client, `${name}.yaml`));
  }

  /** A process of its own, as far as the store can tell. */
  async worker(
    setting: Partial<WorkerSetting> = {},
    { home = this.home, ...release }: { readonly home?: string } & Pick<Surroundings, 'release'> = {},
  ): Promise<Hand> {
    const stop = new AbortController();
    const app = compose({ env: { ...this.env, RESURGAM_HOME: home }, stop: stop.signal, clock: this.clock, ...release });
    const said: string[] = [];
    const run = await startWorker(app, {
      ...{ id: `worker-${(this.#made += 1)}`, site: null, slots: 2, intervalMs: HOUR_MS, publicUrl: null },
      say: (level, line) => said.push(`${level} ${line}`),
      ...setting,
    });
    const look = async (): Promise<void> => {
      await tick(run);
      await settled(run);
    };
    const end = async (): Promise<void> => {
      stop.abort();
      await endWorker(run);
      await app.closeState();
    };
    return { app, run, said, look, end, stop };
  }

  /** What the ledger says, in order. */
  async entries(client = 'lakeside'): Promise<readonly Statement[]> {
    const home = await openHome(this.home);
    const { known } = await machineKeys(home, client);
    const all: Statement[] = [];
    await readLedger({ paths: ledgerPaths(home.ledger(client)), client, keys: known, each: statement => all.push(statement) });
    return all;
  }

  ledger(hand: Hand, client = 'lakeside'): Promise<Ledger> {
    return hand.app.ledger({ client, domain: 'resurgam.local', timeZone: 'UTC' });
  }

  async reconciliation(hand: Hand, client: string, [from, to]: readonly [string, string]): Promise<Reconciliation> {
    return (await readEndings(await this.ledger(hand, client), from, to)).reconciliation(this.clock.now());
  }

  /** What both verifiers (`ours`: only the quick one) say: their exit codes, and every problem that ours names. */
  async verified(hand: Hand, client = 'lakeside', by: 'both' | 'ours' = 'both'): Promise<{ codes: readonly number[]; problems: object }> {
    const ledger = await this.ledger(hand, client);
    await ledger.checkpoint();
    const { exitCode, summary } = await verifyPath(ledger.paths.folder);
    const problems = Object.fromEntries(Object.entries({ ...summary?.problems }).filter(([, list]) => list.length > 0));
    return { codes: by === 'ours' ? [exitCode] : [exitCode, await verifySh(ledger.paths.folder)], problems };
  }

  /** Sandboxes and markers of drills that are there now. */
  async leftovers(): Promise<readonly string[]> {
    const scratch = await readdir(join(this.home, 'scratch'));
    const running = (await readdir(join(this.home, 'locks'))).filter(name => name.startsWith('running-'));
    return [...scratch, ...running];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mail[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function verifySh(folder: string): Promise<number> {
  try {
    await promisify(execFile)('bash', [VERIFY, 'ledger.jsonl', 'checkpoint.txt', 'keys/machine'], { cwd: folder });
    return 0;
  } catch (error) {
    return (error as { code: number }).code;
  }
}

export async function living(now: string, databaseUrl: string, ledgers: Living['ledgers'] = 'files'): Promise<Living> {
  const folder = await mkdtemp('/tmp/rsg-living-');
  return new Living({ folder, clock: new TestClock(now), mail: await receiveMail(), databaseUrl, ledgers });
}

/** Entries of one kind, as `field` of each. */
export function said(entries: readonly Statement[], type: string, field: string): readonly unknown[] {
  return entries.filter(one => one.type === type).map(({ predicate }) => predicate[field]);
}

/** What stands in the list more than once. */
export function twice(list: readonly unknown[]): readonly unknown[] {
  return list.filter((one, index) => list.indexOf(one) !== index);
}
