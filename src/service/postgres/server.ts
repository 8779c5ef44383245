import { DATA_AT } from '../../backup/postgres-files.ts';
import type { Jail, JailProcess } from '../../backup/target.ts';
import type { ToolResult } from '../../system/process.ts';
import { BROKEN, notStarted } from '../not-started.ts';
import { ServiceError } from '../service.ts';
import type { ServerPlace } from './place.ts';
import { Pool } from './pool.ts';
import { ServerLog } from './server-log.ts';
import { serverSettings } from './settings.ts';

const START_MS = 120_000;
const EVERY_MS = 10;
/** What to do when a program of the server, or a library of it, is not there. */
export const INSTALL = 'Install the PostgreSQL server packages anew: `npm install`, or `apt-get install postgresql-<major>`.';
const RUN_MS = 2_147_483_647;

/** A PostgreSQL server that answered once. */
export interface StartedServer {
  readonly process: JailProcess;
  readonly pool: Pool;
  readonly log: ServerLog;
  /** How it ended, once it has. */
  ended(): ToolResult | undefined;
}

export interface ServerOrder {
  readonly jail: Jail;
  readonly place: ServerPlace;
  readonly major: number;
  /** On top of `serverSettings`, which they outdo. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Our user in it. Default `postgres`. */
  readonly superuser?: string | undefined;
  /** Hears the log too, as it comes. */
  readonly hear?: (chunk: Buffer) => void;
}

/** A new, empty cluster. Its own locale is the plainest there is; each database says its own. Throws ServiceError `start-failed`. */
export async function initialise({ jail, place }: ServerOrder, stop: AbortSignal): Promise<void> {
  const result = await jail.run(
    {
      file: `${place.bin}/initdb`,
      args: [
        ...['--pgdata', DATA_AT, '--username', 'postgres', '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C'],
        ...['--lc-messages', 'C', '--data-checksums', '--no-sync'],
      ],
      env: place.env,
      mounts: place.mounts,
      timeLimitMs: START_MS,
    },
    stop,
  );
  if (result.exitCode !== 0) throw notStarted('initdb', { jail, result, install: INSTALL });
}

/** Starts it and waits until a query returned a row. Throws ServiceError. */
export async function startServer(order: ServerOrder, stop: AbortSignal): Promise<StartedServer> {
  const { server, said } = await spawnServer(order);
  try {
    await answered(server, stop);
    return server;
  } catch (error) {
    await server.process.stop('SIGQUIT', 1_000);
    const result = server.ended();
    if (result === undefined || error instanceof ServiceError) throw error;
    throw notStarted('postgres', { jail: order.jail, result: { ...result, stderr: said() }, install: INSTALL });
  }
}

/** Starts it and waits for nothing. `said`: the last of its log. */
export async function spawnServer(order: ServerOrder): Promise<{ readonly server: StartedServer; readonly said: () => string }> {
  const { jail, place, major } = order;
  const log = new ServerLog();
  let last = '';
  const settings = { ...serverSettings(jail.limits), ...order.settings };
  const process = await jail.spawn({
    file: `${place.bin}/postgres`,
    args: ['-D', DATA_AT, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: place.env,
    mounts: place.mounts,
    stderr: chunk => {
      log.take(chunk);
      order.hear?.(chunk);
      last = (last + chunk.toString('latin1')).slice(-2_000);
    },
    timeLimitMs: RUN_MS,
  });
  let result: ToolResult | undefined;
  process.ended.then(
    ended => (result = ended),
    () => (result = BROKEN),
  );
  const server = { process, log, pool: new Pool({ socket: place.socket, major, log, superuser: order.superuser }), ended: () => result };
  return { server, said: () => last };
}

async function answered(server: StartedServer, stop: AbortSignal): Promise<void> {
  const until = performance.now() + START_MS;
  const question = { text: 'select 1 as one', rows: 1, timeLimitMs: 5_000 };
  while (server.ended() === undefined && performance.now() < until) {
    if (stop.aborted) throw new ServiceError('stopped', 'the start of the server was stopped', { hint: 'Run the drill again.' });
    const row = await server.pool.ask('postgres', { question, before: [], after: undefined }).catch(() => undefined);
    if (row?.[0]?.['one'] === 1) {
      server.log.begin();
      return;
    }
    await new Promise(resolve => setTimeout(resolve, EVERY_MS));
  }
  if (server.ended() !== undefined) throw new Error('the server ended');
  throw new ServiceError('start-failed', `the server gave no answer within ${START_MS / 1_000} s`, {
    hint: 'Give the sandbox more memory and processors (`limits:` in the plan).',
  });
}

/** Whatever is in memory is lost: nothing of a drill's data is wanted any more. */
export async function stopServer(server: StartedServer): Promise<void> {
  await server.pool.close();
  if (server.ended() === undefined) await server.process.stop('SIGQUIT', 2_000);
}

/** Everything that it changed is in its files then. False: who knows. */
export async function flush(server: StartedServer | undefined): Promise<boolean> {
  const question = { text: 'checkpoint', rows: 1, timeLimitMs: 600_000 };
  return (
    server?.pool.ask('template1', { question, before: [], after: undefined }).then(
      () => true,
      () => false,
    ) ?? false
  );
}
