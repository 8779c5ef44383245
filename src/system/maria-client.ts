import { once } from 'node:events';
import mysql, { type Connection, type ConnectionOptions, type FieldPacket, type Query } from 'mysql2';
import { GuardedSocket, holdSocket } from './guarded-socket.ts';
import { MariaRefused, type MariaRefusal } from './maria-refused.ts';
import { columnType } from './maria-types.ts';
import { timeLimit } from './time-limit.ts';

const SOCKET_NAME = 'server.sock';

export interface MariaPlace {
  /** Host folder in which the server makes its socket. Whoever runs the server may have put anything there. */
  readonly folder: string;
  /** Its name in that folder; without it, that of our own servers. */
  readonly name?: string;
  readonly user: string;
  readonly database?: string;
  /** Bytes that the server may send for one question. */
  readonly bytes: number;
}

export interface MariaQuestion {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** More rows than this are not taken, and the connection is closed. */
  readonly rows: number;
  readonly timeLimitMs: number;
  readonly stop?: AbortSignal;
  /** Gets the types of the answer's columns, as the server says them. */
  readonly types?: (types: readonly string[]) => void;
}

export type MariaRow = Readonly<Record<string, unknown>>;

/** A connection to a server that nobody vouches for: it cannot fill our memory, stall us, ask for our files or get a secret. */
export interface MariaConnection {
  /** Id of the connection, as the server says it. */
  readonly id: number;
  /** One statement. Rejects with MariaRefused. */
  ask(question: MariaQuestion): Promise<readonly MariaRow[]>;
  close(): void;
}

/** Connects through the Unix socket in `folder`. Rejects with MariaRefused. */
export async function connectMaria(place: MariaPlace, timeLimitMs: number): Promise<MariaConnection> {
  const handle = await holdSocket(place.folder, place.name ?? SOCKET_NAME).catch((error: unknown) => {
    throw MariaRefused.from(error, 'connect');
  });
  const refuse = (why: MariaRefusal): MariaRefused => new MariaRefused(why, null);
  const socket = new GuardedSocket(`/proc/self/fd/${handle.fd}`, { bytes: place.bytes, refuse });
  socket.on('error', () => undefined);
  try {
    const signal = timeLimit(timeLimitMs);
    socket.connect();
    await once(socket, 'connect', { signal });
    const connection = mysql.createConnection(optionsOf(place, socket));
    connection.on('error', () => socket.destroy());
    await once(connection, 'connect', { signal });
    return new Connected(connection, socket);
  } catch (error) {
    socket.destroy();
    throw MariaRefused.from(error, 'connect');
  } finally {
    await handle.close();
  }
}

/** One statement at a time, no files of ours, no code made from names that the server sends, no password. */
function optionsOf(place: MariaPlace, socket: GuardedSocket): ConnectionOptions {
  return {
    stream: socket,
    user: place.user,
    password: '',
    ...(place.database === undefined ? {} : { database: place.database }),
    charset: 'UTF8MB4_BIN',
    multipleStatements: false,
    flags: ['-LOCAL_FILES'],
    disableEval: true,
    rowsAsArray: true,
    dateStrings: true,
    supportBigNumbers: true,
    bigNumberStrings: false,
  };
}

class Connected implements MariaConnection {
  readonly id: number;
  readonly #connection: Connection;
  readonly #socket: GuardedSocket;

  constructor(connection: Connection, socket: GuardedSocket) {
    this.#connection = connection;
    this.#socket = socket;
    this.id = connection.threadId;
  }

  ask(question: MariaQuestion): Promise<readonly MariaRow[]> {
    this.#socket.recount();
    return new Promise((resolve, reject) => {
      const rows: MariaRow[] = [];
      let names: readonly string[] = [];
      const finish = (refused: MariaRefused | undefined): void => {
        clearTimeout(timer);
        question.stop?.removeEventListener('abort', onStop);
        this.#socket.removeListener('close', onClose);
        if (refused === undefined) resolve(rows);
        else reject(refused);
      };
      const giveUp = (why: MariaRefused | undefined): void => {
        finish(why);
        this.#socket.destroy();
      };
      const onStop = (): void => giveUp(new MariaRefused('stopped', null));
      const onClose = (): void => finish(new MariaRefused('closed', null));
      const timer = setTimeout(() => giveUp(new MariaRefused('timeout', null)), question.timeLimitMs);
      question.stop?.addEventListener('abort', onStop, { once: true });
      this.#socket.once('close', onClose);
      if (question.stop?.aborted === true || this.#socket.destroyed) {
        giveUp(new MariaRefused(question.stop?.aborted === true ? 'stopped' : 'closed', null));
        return;
      }
      const query = this.#send(question);
      query.on('fields', (fields: readonly FieldPacket[] | undefined) => {
        names = (fields ?? []).map(field => field.name);
        question.types?.((fields ?? []).map(columnType));
      });
      query.on('result', (row: unknown) => {
        if (!Array.isArray(row)) return;
        if (rows.length < question.rows) rows.push(Object.fromEntries(names.map((name, at) => [name, row[at] as unknown])));
        else giveUp(undefined);
      });
      query.on('error', (error: unknown) => finish(MariaRefused.from(error, 'query')));
      query.on('end', () => finish(undefined));
    });
  }

  /** With values the statement is prepared, so that none of them is ever part of its text. */
  #send({ text, values = [] }: MariaQuestion): Query {
    const order = { sql: text, rowsAsArray: true };
    return values.length === 0 ? this.#connection.query(order) : this.#connection.execute({ ...order, values: [...values] });
  }

  close(): void {
    this.#socket.destroy();
  }
}
