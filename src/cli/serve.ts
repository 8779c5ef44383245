import { hostname } from 'node:os';
import type { App } from '../app.ts';
import { keepJobLog } from '../store/job-log.ts';
import type { SiteDepth } from '../store/queue/queue.ts';
import type { CheckPlace } from '../store/state/backup-checks.ts';
import { planRow } from '../store/state/plans.ts';
import { EVERY_SITE } from '../store/state/workers.ts';
import { endWorker, isDrained, startWorker, tick, type WorkerRun, type WorkerSetting } from '../worker.ts';
import { escalateTools } from '../worker/run.ts';
import type { RegisterCommand } from './commands.ts';
import { CommandError, EXIT } from './exit.ts';

interface ServeOptions {
  readonly slots: string;
  readonly interval: string;
  readonly host?: string;
  readonly site?: string;
}

const SECOND_MS = 1_000;
/** How long to wait for a database that is not there when we begin. */
const PATIENCE_MS = 5 * SECOND_MS;

/** `resurgam serve`: everything that runs by itself, on one machine. */
export const serveCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('serve')
    .description('run by itself: schedule, backup checks, drills, escalations, and the pages on RESURGAM_PORT')
    .option('--site <name>', 'whose plans are checked and drilled; without it those of every site')
    .option('--slots <n>', 'drills at the same time', '1')
    .option('--interval <seconds>', 'between two looks at what is due', '5')
    .option('--host <address>', 'where to listen; without it only this machine is answered')
    .action(async (options: ServeOptions) => {
      await serve(app, options);
      exit(EXIT.passed);
    });
};

/** `resurgam work --site NAME`: checks and drills of one site, without pages. */
export const workCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('work')
    .description('take the backup checks and drills of one site, beside a `resurgam serve`')
    .requiredOption('--site <name>', 'whose plans are taken')
    .option('--slots <n>', 'drills at the same time', '1')
    .option('--interval <seconds>', 'between two looks at what is due', '5')
    .action(async (options: ServeOptions) => {
      await loop(app, await patiently(app, await settingOf(app, options)));
      exit(EXIT.passed);
    });
};

async function serve(app: App, options: ServeOptions): Promise<void> {
  const setting = await settingOf(app, options);
  const run = await patiently(app, setting);
  if (run === undefined) return;
  const server = await pages(run, options.host);
  try {
    await loop(app, run);
  } finally {
    await server.close();
  }
}

/**
 * Looks, works, rests, until somebody ends it; then what runs is signed as stopped and nothing is left behind. A worker that drains ends when
 * nothing runs any more. Rejects with StoreError `state-newer` when it had to: whoever supervises it then starts the release that is there.
 */
async function loop(app: App, run: WorkerRun | undefined): Promise<void> {
  if (run === undefined) return;
  while (!app.stop.aborted) {
    await tick(run);
    if (isDrained(run)) break;
    await rest(run.setting.intervalMs, app.stop);
  }
  await endWorker(run);
  if (run.outdated !== undefined) throw run.outdated;
}

/** A database that is not there yet is waited for: after a power cut everything starts at once. Undefined if we were ended meanwhile. */
async function patiently(app: App, setting: WorkerSetting): Promise<WorkerRun | undefined> {
  while (!app.stop.aborted) {
    try {
      return await startWorker(app, setting);
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'state-unreachable') throw error;
      setting.say('error', `${error.message}: trying again`);
      await rest(PATIENCE_MS, app.stop);
    }
  }
  return undefined;
}

async function settingOf(app: App, { slots, interval, site }: ServeOptions): Promise<WorkerSetting> {
  const { operationLog } = await import('../system/log.ts');
  const log = operationLog({ level: 'info', env: app.env });
  return {
    id: `${app.worker}.${process.pid}`,
    site: siteOf(site),
    slots: whole('--slots', slots, 64),
    intervalMs: whole('--interval', interval, 3_600) * SECOND_MS,
    publicUrl: publicUrlOf(app),
    say: (level, line) => {
      log[level](line);
    },
  };
}

function siteOf(site: string | undefined): string | null {
  if (site !== EVERY_SITE) return site ?? null;
  throw new CommandError(`--site ${EVERY_SITE}: expected the name of one site`, {
    exitCode: EXIT.usage,
    hint: '`resurgam serve` without --site takes the plans of every site.',
  });
}

function whole(option: string, text: string, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new CommandError(`${option} ${text}: expected a whole number from 1 to ${most}`, { exitCode: EXIT.usage });
}

/** `RESURGAM_URL`: where people reach the pages. Without it messages carry no link. */
function publicUrlOf({ env }: App): string | null {
  const text = env['RESURGAM_URL'];
  if (text === undefined || text === '') return null;
  if (URL.canParse(text) && /^https?:/.test(text)) return text.replace(/\/+$/, '');
  throw new CommandError(`RESURGAM_URL ${text}: expected an address such as https://resurgam.example`, { exitCode: EXIT.usage });
}

async function pages(run: WorkerRun, host: string | undefined): Promise<{ close(): Promise<void> }> {
  const { app, setting } = run;
  const [{ operationServer, operationPort, listenOperation }, { registerPing }, { registerEscalationPages }] = await Promise.all([
    import('../web/server.ts'),
    import('../web/ping.ts'),
    import('../web/escalation.ts'),
  ]);
  const port = operationPort(app.env);
  if (port === undefined) {
    throw new CommandError('RESURGAM_PORT: expected a number from 0 to 65535', { exitCode: EXIT.usage });
  }
  const template = await app.template('page/escalation');
  const server = await operationServer({
    ...{ state: stateNow(run), now: () => app.now(), version: app.version },
    plans: () => run.fleet?.loaded.plans.map(planRow),
    depth: app.sharesLedgers ? () => depthOf(run) : undefined,
    register: [
      one =>
        registerPing(one, {
          state: stateNow(run),
          now: () => app.now(),
          keepBody: (place, of, bytes) => keepBody(app, { place, of, bytes }),
        }),
      one => registerEscalationPages(one, { tools: () => escalateTools(run), template }),
    ],
  });
  setting.say('info', `listening on ${await listenOperation(server, { port, ...(host === undefined ? {} : { host }) })} (${hostname()})`);
  return { close: () => server.close().then(() => undefined) };
}

/** Also while this worker has no queue of its own, because it could not be opened yet. */
async function depthOf({ queue, state }: WorkerRun): Promise<readonly SiteDepth[]> {
  if (queue !== undefined) return queue.depth();
  const { readDepth } = await import('../store/queue/depth.ts');
  return readDepth(state.connectionString);
}

interface Pinged {
  readonly place: CheckPlace;
  readonly of: string;
  readonly bytes: Uint8Array;
}

/** What a job says of itself may hold anything: it is kept encrypted, for 30 days. */
async function keepBody(app: App, { place, of, bytes }: Pinged): Promise<void> {
  await keepJobLog(await app.home(), { client: place.client, run: of, name: 'ping' }, { bytes, now: app.now() });
}

/** The state as it is now: it may have been opened again since the server began. */
function stateNow(run: WorkerRun): WorkerRun['state'] {
  return {
    of: (client, work) => run.state.of(client, work),
    all: work => run.state.all(work),
    get connectionString() {
      return run.state.connectionString;
    },
    close: () => run.state.close(),
  };
}

function rest(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener('abort', done);
    if (stop.aborted) done();
  });
}
