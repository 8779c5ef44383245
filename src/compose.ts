import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { availableParallelism, hostname, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { App, DrillSetting, QueueUser } from './app.ts';
import { all as backupTools } from './backup/all.ts';
import type { BackupTool, StoreAccess } from './backup/backup.ts';
import type { SecretReference } from './plan/plan.ts';
import type { Channel } from './escalation/channel.ts';
import { drillBook } from './drill/book.ts';
import type { DrillTools, Machine } from './drill/tools.ts';
import { all as probes } from './probe/all.ts';
import { allSandboxes, reap } from './sandbox/all.ts';
import { all as services } from './service/all.ts';
import { homePath, openHome } from './store/home.ts';
import { StoreError } from './store/error.ts';
import { clientHmac } from './store/keys.ts';
import { openLedger, type Ledger } from './store/ledger.ts';
import { machineIdentity } from './store/machine.ts';
import { openState } from './store/state/open.ts';
import { sharedLedger } from './store/state/shared-ledger.ts';
import type { Queue } from './store/queue/queue.ts';
import type { Migration } from './store/state/migrate.ts';
import type { State } from './store/state/state.ts';
import { systemClock, type Clock } from './system/clock.ts';
import { ownProgramPaths } from './system/own-program.ts';
import { planFiles } from './system/plan-files.ts';
import { resolveSecret } from './system/secrets.ts';
import { readTemplate } from './system/templates.ts';

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stop: AbortSignal;
  /** Instead of `RESURGAM_HOME`: the demo has a home of its own. */
  readonly home?: string;
  /** Instead of the machine's: tests live through a week in a minute. Nothing outside the code can set it. */
  readonly clock?: Clock;
  /** Instead of this release: tests let two of them run side by side. Nothing outside the code can set it. */
  readonly release?: { readonly version: string; readonly migrations: readonly Migration[] };
}

const HERE = fileURLToPath(new URL('.', import.meta.url));
const VERSION = (JSON.parse(readFileSync(join(HERE, '../package.json'), 'utf8')) as { version: string }).version;

/** The only place that sees every adapter and every effect. Opens nothing: commands open what they use. */
export function compose(surroundings: Surroundings): App {
  const { env, stop, clock = systemClock, release } = surroundings;
  const version = release?.version ?? VERSION;
  const home = surroundings.home ?? homePath(env);
  const scratch = join(home, 'scratch');
  const sandboxes = allSandboxes({ scratch });
  const databaseUrl = surroundings.home === undefined && env.DATABASE_URL !== '' ? env.DATABASE_URL : undefined;
  const others: App[] = [];
  const shared = openedOnce(async () => openState({ home: await openHome(home), databaseUrl, migrations: release?.migrations }));
  const sharesLedgers = areShared(env, databaseUrl);
  const queue = queueAt(sharesLedgers ? databaseUrl : undefined);
  const secret = async (reference: SecretReference): Promise<string> => (await resolveSecret(reference, { env, stop })).reveal();
  const ledger = ledgersAt({ home, clock, version, sharedState: sharesLedgers ? shared.open : undefined });
  return {
    version,
    stop,
    homePath: home,
    plansFolder: resolve(env.RESURGAM_PLANS ?? 'plans'),
    env,
    vocabulary: { backupTools, probes, services, sandboxes: sandboxes.map(sandbox => sandbox.kind) },
    planFiles,
    backupTools,
    sandboxes,
    stepping: builtProgram('stepping.js'),
    home: () => openHome(home),
    ledger,
    databaseUrl,
    sharesLedgers,
    state: shared.open,
    closeState: async () => {
      // Its connections must not outlive those of the state, whose server may be stopped next.
      await queue.close();
      await Promise.all([shared.close(), ...others.map(other => other.closeState())]);
    },
    queue: queue.open,
    machine: thisMachine(scratch),
    worker: workerName(),
    channels: () => channelsAt(clock),
    secret,
    checkTools: async ({ state, ledger: opened, explain }) => ({
      backup: new Map(backupTools.map(tool => [tool.name, tool])),
      ...{ state, explain, secret, worker: workerName() },
      pseudonym: await clientHmac(opened.home, opened.client),
      now: () => clock.now(),
    }),
    drillTools: (setting, opened) => drillTools({ setting, ledger: opened, secret, sandboxes, scratch, clock, stop }),
    storeAccess: options => accessOutsidePlans(options, env),
    reap: () => reap(scratch),
    at: other => {
      const app = compose({ ...surroundings, home: other });
      others.push(app);
      return app;
    },
    template: readTemplate,
    now: () => clock.now(),
  };
}

/** Said by name: whoever gives Resurgam a server of his own for the state alone keeps his ledgers where they are. */
function areShared({ RESURGAM_LEDGERS: said }: Surroundings['env'], databaseUrl: string | undefined): boolean {
  if (said === undefined || said === '' || said === 'files') return false;
  if (said === 'shared' && databaseUrl !== undefined) return true;
  throw new StoreError(
    'broke',
    `RESURGAM_LEDGERS: expected files, or shared with a DATABASE_URL, got ${said === 'shared' ? 'shared without one' : 'something else'}`,
    {
      hint: 'Set it to shared on every machine that shares the server of DATABASE_URL, or leave it out.',
    },
  );
}

interface LedgerPlace {
  readonly home: string;
  readonly clock: Clock;
  readonly version: string;
  /** With a server that others can reach too, ledgers are kept there; what is in the home is this machine's copy. */
  readonly sharedState: App['state'] | undefined;
}

function ledgersAt({ home, clock, version, sharedState }: LedgerPlace): App['ledger'] {
  return async ({ client, domain, timeZone }) => {
    const opened = await openHome(home);
    const sharing =
      sharedState === undefined
        ? undefined
        : { shared: sharedLedger(sharedState, client), machine: await machineIdentity(opened, workerName()) };
    const product = { name: 'resurgam', version };
    return openLedger(opened, client, { origin: `${domain}/${client}`, timeZone, product, now: () => clock.now(), sharing });
  };
}

/** One state for everybody who asks. What could not be opened is tried again by the next one. */
function openedOnce(open: () => Promise<State>): { readonly open: () => Promise<State>; readonly close: () => Promise<void> } {
  let state: Promise<State> | undefined;
  return {
    open: () =>
      (state ??= open().catch((error: unknown) => {
        state = undefined;
        throw error;
      })),
    close: async () => {
      const opened = state;
      state = undefined;
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

/** Only where several machines share a server; loaded when a worker asks for it. */
function queueAt(databaseUrl: string | undefined): { readonly open: App['queue']; readonly close: () => Promise<void> } {
  let opened: Promise<Queue> | undefined;
  const open = async (by: QueueUser): Promise<Queue | undefined> => {
    if (databaseUrl === undefined) return undefined;
    const { openQueue } = await import('./store/queue/open.ts');
    opened ??= openQueue({ connectionString: databaseUrl, ...by }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return { open, close: async () => (await opened?.catch(() => undefined))?.close() };
}

interface Making {
  readonly setting: DrillSetting;
  readonly ledger: Ledger;
  readonly secret: DrillTools['secret'];
  readonly sandboxes: ReturnType<typeof allSandboxes>;
  readonly scratch: string;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/** Loaded when somebody is to be called: most commands call nobody. */
async function channelsAt(clock: Clock): Promise<readonly Channel[]> {
  const [{ allChannels }, { httpPost }, { smtpMail }, { readTemplateText }] = await Promise.all([
    import('./escalation/all.ts'),
    import('./system/http-post.ts'),
    import('./system/smtp.ts'),
    import('./system/template-texts.ts'),
  ]);
  return allChannels({ now: () => clock.now(), post: httpPost(), mail: smtpMail(), template: readTemplateText() });
}

async function drillTools({ setting, ledger, secret, sandboxes, scratch, clock, stop }: Making): Promise<DrillTools> {
  const worker = workerName();
  return {
    clock,
    backup: new Map(backupTools.map(tool => [tool.name, tool])),
    sandbox: new Map(sandboxes.map(sandbox => [sandbox.kind, sandbox])),
    service: new Map(services.map(service => [service.engine, service])),
    probe: new Map(probes.map(probe => [probe.kind, probe])),
    events: setting.events,
    book: drillBook({ ledger, worker, pseudonym: await clientHmac(ledger.home, ledger.client), stop, cutOff: setting.cutOff }),
    worker,
    fetching: builtProgram('fetching.js'),
    reading: { ...builtProgram('reading.js'), paths: await ownProgramPaths() },
    stepping: { ...builtProgram('stepping.js'), paths: await ownProgramPaths() },
    machine: thisMachine(scratch),
    cache: join(ledger.home.path, 'cache'),
    secret,
    explain: setting.explain,
  };
}

/** The built program also when we run from sources: the jails have no compiler. */
function builtProgram(name: string): DrillTools['fetching'] {
  const built = existsSync(join(HERE, name)) ? join(HERE, name) : join(HERE, '../dist', name);
  return { file: process.execPath, args: [built] };
}

function thisMachine(scratch: string): Machine {
  return {
    memoryBytes: totalmem(),
    cpus: availableParallelism(),
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(scratch);
      return bavail * bsize;
    },
  };
}

/** An id of the catalogue's form: letters, digits, dots and dashes. */
function workerName(): string {
  return (
    hostname()
      .toLowerCase()
      .replaceAll(/[^a-z0-9.-]+/g, '-')
      .replaceAll(/^[-.]+|[-.]+$/g, '') || 'worker'
  );
}

/** `init` looks with the credentials of the environment, as the usual tools do; nothing that it finds is recorded. */
function accessOutsidePlans(options: Readonly<Record<string, unknown>>, env: Surroundings['env']): StoreAccess {
  const none = { atLeast: null, offSite: null, locked: null };
  const named = new Set<string>(backupTools.flatMap((tool: BackupTool) => tool.environment ?? []));
  return {
    section: { tool: '', job: null, size: { atLeastBytes: null, shrink: null, grow: null }, copies: none, encrypted: 'optional', options },
    env: Object.fromEntries(
      Object.entries(env).filter(
        (entry): entry is [string, string] => entry[1] !== undefined && (entry[0].startsWith('AWS_') || named.has(entry[0])),
      ),
    ),
    pseudonym: text => Buffer.from(text).toString('hex').slice(0, 64).padEnd(64, '0'),
    now: () => systemClock.now(),
  };
}
