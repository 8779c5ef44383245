import type { Jail, JailProcess } from '../../backup/target.ts';
import type { ToolResult } from '../../system/process.ts';
import { BROKEN, notStarted } from '../not-started.ts';
import { ServiceError } from '../service.ts';
import { ask } from './ask.ts';
import { DATA_AT, type ServerPlace } from './place.ts';
import { FIRST_LOG, serverSettings, SWITCHES } from './settings.ts';

const START_MS = 120_000;
const EVERY_MS = 20;
const RUN_MS = 2_147_483_647;
export const INSTALL = 'Install it: apt-get install mariadb-server';
export const SERVER = '/usr/sbin/mariadbd';

/** A MariaDB server that answered once. */
export interface StartedServer {
  readonly process: JailProcess;
  readonly socket: string;
  /** How it ended, once it has. */
  ended(): ToolResult | undefined;
}

export interface ServerOrder {
  readonly jail: Jail;
  readonly place: ServerPlace;
  /** What the restored files need to be read, beside our own settings. */
  readonly more?: Readonly<Record<string, string>>;
  /** The server's own words, for the tool log. */
  readonly said?: (text: string) => void;
}

/** New, empty data. Throws ServiceError `start-failed`. */
export async function initialise({ jail, place }: ServerOrder, stop: AbortSignal): Promise<void> {
  const result = await jail.run(
    {
      file: '/usr/bin/mariadb-install-db',
      args: [
        ...['--no-defaults', `--datadir=${DATA_AT}`, '--auth-root-authentication-method=normal', '--skip-test-db', '--skip-name-resolve'],
        // There is no host to look up in a jail.
        '--force',
        `--innodb-log-file-size=${FIRST_LOG}`,
      ],
      env: place.env,
      mounts: place.mounts,
      timeLimitMs: START_MS,
    },
    stop,
  );
  if (result.exitCode !== 0) throw notStarted('mariadb-install-db', { jail, result, install: INSTALL });
}

/** Starts it and waits until a query returned a row. Throws ServiceError. */
export async function startServer(order: ServerOrder, stop: AbortSignal): Promise<StartedServer> {
  const { jail, place } = order;
  let last = '';
  const settings = Object.entries({ ...serverSettings(jail.limits), ...order.more });
  const process = await jail.spawn({
    file: SERVER,
    args: ['--no-defaults', ...SWITCHES, ...settings.map(([name, value]) => `--${name}=${value}`)],
    env: place.env,
    mounts: place.mounts,
    stderr: chunk => {
      last = (last + chunk.toString('latin1')).slice(-4_000);
    },
    timeLimitMs: RUN_MS,
  });
  let result: ToolResult | undefined;
  process.ended.then(
    ended => (result = ended),
    () => (result = BROKEN),
  );
  const server: StartedServer = { process, socket: place.socket, ended: () => result };
  try {
    await answered(server, stop);
    return server;
  } catch (error) {
    await process.stop('SIGKILL', 1_000);
    order.said?.(last);
    if (result === undefined || error instanceof ServiceError) throw error;
    throw notStarted('mariadbd', { jail, result: { ...result, stderr: last }, install: INSTALL });
  }
}

async function answered(server: StartedServer, stop: AbortSignal): Promise<void> {
  const until = performance.now() + START_MS;
  while (server.ended() === undefined && performance.now() < until) {
    if (stop.aborted) throw new ServiceError('stopped', 'the start of the server was stopped', { hint: 'Run the drill again.' });
    const rows = await ask(server.socket, { text: 'select 1 as one', rows: 1, timeLimitMs: 5_000 }).catch(() => undefined);
    if (rows?.[0]?.['one'] === 1) return;
    await new Promise(resolve => setTimeout(resolve, EVERY_MS));
  }
  if (server.ended() !== undefined) throw new Error('the server ended');
  throw new ServiceError('start-failed', `the server gave no answer within ${START_MS / 1_000} s`, {
    hint: 'Give the sandbox more memory and processors (`limits:` in the plan).',
  });
}
