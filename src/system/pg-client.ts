import type { Socket } from 'node:net';
import pg from 'pg';
import { GuardedSocket, holdSocket } from './guarded-socket.ts';
import { PgRefused, type PgRefusal } from './pg-refused.ts';
import { types } from './pg-types.ts';

const PORT = 5432;

export interface PgPlace {
  /** Host folder in which the server makes its socket. Whoever runs the server may have put anything there. */
  readonly folder: string;
  /** Part of the socket's name. Default 5432. */
  readonly port?: number;
  readonly database: string;
  readonly user: string;
  /** Settings of the session, by name. */
  readonly settings: Readonly<Record<string, string>>;
  /** Bytes that the server may send for one question. */
  readonly bytes: number;
}

export interface PgQuestion {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** More rows than this are not taken, and the connection is closed. */
  readonly rows: number;
  readonly timeLimitMs: number;
  readonly stop?: AbortSignal;
}

export type PgRow = Readonly<Record<string, unknown>>;

/** A connection to a server that nobody vouches for: it cannot fill our memory, stall us, lead us to another server or get a secret. */
export interface PgConnection {
  /** Process id of the backend, as the server says it. */
  readonly pid: number;
  /** One statement. Rejects with PgRefused. */
  ask(question: PgQuestion): Promise<readonly PgRow[]>;
  /** False once anything went wrong with the connection itself. */
  usable(): boolean;
  close(): Promise<void>;
}

/** Connects through the Unix socket in `folder`. Rejects with PgRefused. */
export async function connectPg(place: PgPlace, timeLimitMs: number): Promise<PgConnection> {
  const refuse = (why: PgRefusal): PgRefused => new PgRefused(why, null);
  const handle = await holdSocket(place.folder, `.s.PGSQL.${String(place.port ?? PORT)}`).catch((error: unknown) => {
    throw PgRefused.from(error, 'connect');
  });
  const socket = new GuardedSocket(`/proc/self/fd/${handle.fd}`, { bytes: place.bytes, refuse });
  const client = clientOf(place, socket, timeLimitMs);
  client.on('error', () => socket.destroy());
  try {
    await client.connect();
  } catch (error) {
    socket.destroy();
    throw PgRefused.from(error, 'connect');
  } finally {
    await handle.close();
  }
  return new Connected(client, socket);
}

/** Nothing is taken from our own environment: a password or an option of ours would go to the server. */
function clientOf(place: PgPlace, socket: Socket, timeLimitMs: number): pg.Client {
  const options = Object.entries(place.settings).map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, '\\$&')}`);
  return new pg.Client({
    host: '/',
    port: PORT,
    user: place.user,
    database: place.database,
    password: () => '',
    ssl: false,
    application_name: 'resurgam',
    options: options.join(' ') || '-c timezone=UTC',
    connectionTimeoutMillis: timeLimitMs,
    stream: () => socket,
    types,
  });
}

class Connected implements PgConnection {
  readonly pid: number;
  readonly #client: pg.Client;
  readonly #socket: GuardedSocket;

  constructor(client: pg.Client, socket: GuardedSocket) {
    this.#client = client;
    this.#socket = socket;
    this.pid = (client as unknown as { processID: number | null }).processID ?? -1;
  }

  usable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  ask(question: PgQuestion): Promise<readonly PgRow[]> {
    const rows: PgRow[] = [];
    this.#socket.recount();
    return new Promise((resolve, reject) => {
      const finish = (refused: PgRefused | undefined): void => {
        clearTimeout(timer);
        question.stop?.removeEventListener('abort', onStop);
        if (refused === undefined) resolve(rows);
        else reject(refused);
      };
      const giveUp = (why: PgRefused | undefined): void => {
        this.#socket.destroy();
        finish(why);
      };
      const onStop = (): void => giveUp(new PgRefused('stopped', null));
      const timer = setTimeout(() => giveUp(new PgRefused('timeout', null)), question.timeLimitMs);
      question.stop?.addEventListener('abort', onStop, { once: true });
      if (question.stop?.aborted === true) {
        onStop();
        return;
      }
      // The extended protocol takes one statement: a text of several could leave its read-only transaction.
      const query = new pg.Query({
        text: question.text,
        values: [...(question.values ?? [])],
        queryMode: 'extended',
        types,
      } as pg.QueryConfig);
      query.on('row', (row: PgRow) => {
        if (rows.length < question.rows) rows.push(row);
        else giveUp(undefined);
      });
      query.on('end', () => finish(undefined));
      query.on('error', (error: unknown) => finish(PgRefused.from(error, 'query')));
      this.#client.query(query);
    });
  }

  async close(): Promise<void> {
    if (!this.usable()) return;
    const gone = setTimeout(() => this.#socket.destroy(), 1_000);
    await this.#client.end().catch(() => undefined);
    clearTimeout(gone);
  }
}
