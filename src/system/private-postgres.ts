import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDaemon, type Daemon } from './daemon.ts';
import { lockFile, LockError } from './file-lock.ts';
import { exists, mkdir, open, stat } from './files.ts';
import { connectPg } from './pg-client.ts';
import { initialise, removeStalePid, worksIn } from './private-postgres-data.ts';
import { PrivatePostgresError, saidBy } from './private-postgres-error.ts';
import { makeSocketFolder, pidFile, privatePlace, serverPrograms, turnLog, type PrivatePlace } from './private-postgres-place.ts';
import { signalProcess } from './proc.ts';

/** A first start takes a second, recovery after a kill less; what takes longer is told. */
const START_MS = 20_000;
const STOP_MS = 60_000;
const LOCK_MS = 90_000;
const ASK_MS = 5_000;

/** The server that answered. It runs until it is stopped, whoever started it. */
export interface PrivateServer {
  /** Folder of its Unix socket: its only door, and only its owner may enter. */
  readonly socket: string;
  readonly pid: number;
  /** As it says it, e.g. `18.4`. */
  readonly version: string;
  /** It ran already. */
  readonly adopted: boolean;
}

export interface PrivateServerOrder {
  /** Everything of the server is in here. Made if it is missing. */
  readonly folder: string;
  /** More settings of the server, by name: for those who make many and throw them away. */
  readonly settings?: Readonly<Record<string, string>>;
}

/**
 * The server of this folder: the running one, else it is made (once) and started. Of several processes that ask at once one starts it.
 * Throws PrivatePostgresError, or what the file system refused.
 */
export async function runPrivateServer(order: PrivateServerOrder): Promise<PrivateServer> {
  const place = privatePlace(order.folder);
  const running = await answering(place);
  if (running !== undefined) return running;
  await mkdir(place.folder, { recursive: true, mode: 0o700 });
  return locked(place, async () => (await answering(place)) ?? { ...(await started(place, order)), adopted: false });
}

/** The running server of this folder, if there is one that answers. Starts nothing. */
export function findPrivateServer(folder: string): Promise<PrivateServer | undefined> {
  return answering(privatePlace(folder));
}

/** Stops it, after its clients' transactions were rolled back and everything is on the disk. False if it did not run. Throws PrivatePostgresError. */
export async function stopPrivateServer(folder: string): Promise<boolean> {
  const place = privatePlace(folder);
  if ((await pidFile(place)) === undefined) return false;
  return locked(place, () => end(place));
}

/** Answered means: an authenticated query returned a row, and the data folder is ours. */
async function answering(place: PrivatePlace): Promise<PrivateServer | undefined> {
  const file = await pidFile(place);
  if (file === undefined || file.socket === '') return undefined;
  const at = { folder: file.socket, database: 'postgres', user: 'resurgam', settings: {}, bytes: 65_536 };
  const connection = await connectPg(at, ASK_MS).catch(() => undefined);
  const text = "select current_setting('data_directory') as data, current_setting('server_version') as version";
  const rows = await connection?.ask({ text, rows: 1, timeLimitMs: ASK_MS }).catch(() => undefined);
  await connection?.close();
  const { data, version } = rows?.[0] ?? {};
  if (typeof data !== 'string' || typeof version !== 'string' || !(await same(data, place.data))) return undefined;
  return { socket: file.socket, pid: file.pid, version, adopted: true };
}

async function same(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(path => stat(path).catch(() => undefined)));
  return a !== undefined && a.dev === b?.dev && a.ino === b.ino;
}

async function started(place: PrivatePlace, order: PrivateServerOrder): Promise<PrivateServer> {
  await refuseForeign(place);
  const programs = await serverPrograms(place);
  await initialise(place, programs);
  await turnLog(place);
  const socket = await makeSocketFolder(place);
  const command = { ...programs.command('postgres', argumentsFor(place, socket, order)), env: programs.env, log: place.log };
  const until = performance.now() + START_MS;
  for (let tries = 1; ; tries++) {
    await makeWay(place);
    const from = (await exists(place.log)) ? (await stat(place.log)).size : 0;
    const daemon = await startDaemon(command);
    const server = await comingUp(place, daemon, until);
    if (server !== undefined) return server;
    const words = await readFrom(place.log, from);
    if (!daemon.ended()) throw stillStarting(place);
    if (performance.now() > until || !(PASSING.test(words) || tries < 3)) throw saidBy('postgres', words);
    await sleep(100);
  }
}

/** Root can enter anybody's home; a server that it started there would leave files which their owner cannot use. */
async function refuseForeign({ folder }: PrivatePlace): Promise<void> {
  if ((await stat(folder)).uid === process.getuid?.()) return;
  throw new PrivatePostgresError('no-place', `${folder}: expected a folder of the account that starts the server, it belongs to another`, {
    hint: 'Run Resurgam as the account that RESURGAM_HOME belongs to.',
  });
}

/** After a kill the dead server may still hold its number, or its children the shared memory: both pass. */
const PASSING = /lock file .* already exists|shared memory block|already in use/;

/** No network. The log tells what the server does, and neither statements nor values. */
function argumentsFor(place: PrivatePlace, socket: string, order: PrivateServerOrder): readonly string[] {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: socket,
    unix_socket_permissions: '0700',
    port: '5432',
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_checkpoints: 'off',
    ...order.settings,
  };
  return ['-D', place.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Before a start: a dead server's pid file goes, and so does a living server whose socket was removed, since nobody can reach it any more. */
async function makeWay(place: PrivatePlace): Promise<void> {
  const file = await pidFile(place);
  if (file === undefined) return;
  if (!(await worksIn(place, file.pid))) return removeStalePid(place);
  if (file.socket !== '' && !(await exists(join(file.socket, '.s.PGSQL.5432')))) await end(place);
}

async function comingUp(place: PrivatePlace, daemon: Daemon, until: number): Promise<PrivateServer | undefined> {
  while (!daemon.ended() && performance.now() < until) {
    const server = await answering(place);
    if (server !== undefined) return server;
    await sleep(20);
  }
  return undefined;
}

function stillStarting(place: PrivatePlace): PrivatePostgresError {
  return new PrivatePostgresError('not-started', `${place.folder}: expected the private server within 20 s, it is still starting`, {
    hint: 'Try again in a minute: after a crash it first repeats what it had promised. The file postgres/log of RESURGAM_HOME tells how far it is.',
  });
}

/** SIGINT: fast shutdown. The number in the file is believed only if that process works in the data folder. */
async function end(place: PrivatePlace): Promise<boolean> {
  const pid = (await pidFile(place))?.pid ?? -1;
  if (!(await worksIn(place, pid))) return false;
  signalProcess(pid, 'SIGINT');
  const until = performance.now() + STOP_MS;
  while (performance.now() < until) {
    if (!(await worksIn(place, pid))) return true;
    await sleep(20);
  }
  throw new PrivatePostgresError('not-stopped', `${place.folder}: expected the private server to stop within a minute, it has not`, {
    hint: 'Wait for its clients to end, then try again.',
  });
}

/** What was written to the file since it had this size, or the last of it. */
async function readFrom(file: string, from: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(65_536), 0, 65_536, Math.max(from, size - 65_536));
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function locked<T>(place: PrivatePlace, act: () => Promise<T>): Promise<T> {
  const lock = await lockFile(place.lock, LOCK_MS).catch((cause: unknown) => {
    if (!(cause instanceof LockError)) throw cause;
    throw new PrivatePostgresError(cause.code === 'busy' ? 'busy' : 'no-place', cause.message, {
      hint:
        cause.code === 'no-flock'
          ? 'Install util-linux.'
          : 'Wait for the other process of Resurgam, and look at the rights of RESURGAM_HOME.',
      cause,
    });
  });
  try {
    return await act();
  } finally {
    await lock.release();
  }
}
