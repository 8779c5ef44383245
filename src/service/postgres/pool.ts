import { connectPg, type PgConnection, type PgQuestion, type PgRow } from '../../system/pg-client.ts';
import { PgRefused } from '../../system/pg-refused.ts';
import { ServiceError, type ServiceErrorCode } from '../service.ts';
import type { ServerLog } from './server-log.ts';
import { sessionSettings } from './settings.ts';

/** What one answer may cost us in memory, whatever the server sends. */
const ANSWER_BYTES = 64 * 1024 * 1024;
const CONNECT_MS = 10_000;
const IDLE_KEPT = 4;

export interface PoolPlace {
  /** Host folder of the socket. */
  readonly socket: string;
  readonly major: number;
  readonly log: ServerLog;
  /** Default `postgres`. */
  readonly superuser?: string | undefined;
}

/** What comes before and after the question in one session. */
export interface Asking {
  readonly question: PgQuestion;
  /** Statements before it, e.g. `begin`; run with a short time limit. */
  readonly before: readonly Pick<PgQuestion, 'text' | 'values'>[];
  /** Statement after it, also if it was refused. */
  readonly after: string | undefined;
}

/** Our sessions at the server, kept for the next question. Rejects with ServiceError only. */
export class Pool {
  readonly #place: PoolPlace;
  readonly #idle = new Map<string, PgConnection[]>();

  constructor(place: PoolPlace) {
    this.#place = place;
  }

  async ask(database: string, asking: Asking): Promise<readonly PgRow[]> {
    let connection: PgConnection | undefined;
    try {
      connection = await this.#take(database);
      for (const statement of asking.before) await connection.ask({ ...statement, rows: 1, timeLimitMs: CONNECT_MS });
      return await connection.ask(asking.question);
    } catch (error) {
      if (connection !== undefined) this.#cancel(database, { error, backend: connection.pid });
      throw serviceErrorOf(error);
    } finally {
      if (connection !== undefined) await this.#giveBack(database, { connection, after: asking.after });
    }
  }

  async close(): Promise<void> {
    const all = [...this.#idle.values()].flat();
    this.#idle.clear();
    await Promise.all(all.map(connection => connection.close()));
  }

  async #take(database: string): Promise<PgConnection> {
    for (let kept = this.#idle.get(database)?.pop(); kept !== undefined; kept = this.#idle.get(database)?.pop())
      if (kept.usable()) return kept;
    const { socket, major, log, superuser = 'postgres' } = this.#place;
    const place = { folder: socket, database, user: superuser, settings: sessionSettings(major), bytes: ANSWER_BYTES };
    const connection = await connectPg(place, CONNECT_MS);
    log.exclude(connection.pid);
    return connection;
  }

  async #giveBack(database: string, used: { readonly connection: PgConnection; readonly after: string | undefined }): Promise<void> {
    const { connection, after } = used;
    try {
      if (after !== undefined && connection.usable()) await connection.ask({ text: after, rows: 1, timeLimitMs: CONNECT_MS });
    } catch {
      await connection.close();
      return;
    }
    const kept = this.#idle.get(database) ?? [];
    if (!connection.usable() || kept.length >= IDLE_KEPT) {
      await connection.close();
      return;
    }
    this.#idle.set(database, [...kept, connection]);
  }

  /** We left; the server would go on computing an answer that nobody takes. */
  #cancel(database: string, left: { readonly error: unknown; readonly backend: number }): void {
    if (!(left.error instanceof PgRefused) || !['timeout', 'stopped'].includes(left.error.why)) return;
    const question = { text: 'select pg_terminate_backend($1)', values: [left.backend], rows: 1, timeLimitMs: CONNECT_MS };
    void this.ask(database, { question, before: [], after: undefined }).catch(() => undefined);
  }
}

const BY_STATE: Readonly<Record<string, ServiceErrorCode>> = { '57014': 'query-timeout', '53100': 'disk-full', '53200': 'out-of-memory' };
const BY_REASON: Readonly<Record<PgRefused['why'], ServiceErrorCode>> = {
  connect: 'died',
  closed: 'died',
  query: 'query-failed',
  protocol: 'query-failed',
  'too-much': 'query-failed',
  timeout: 'query-timeout',
  stopped: 'stopped',
};

/** Nothing of what the server said but the SQLSTATE. */
export function serviceErrorOf(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const refused = PgRefused.from(error, 'query');
  const state = refused.sqlState;
  const code = (state === null ? undefined : BY_STATE[state]) ?? (state === null ? BY_REASON[refused.why] : 'query-failed');
  const said = state === null ? refused.why : `SQLSTATE ${state}`;
  return new ServiceError(code, `the restored server gave no answer (${said})`, {
    hint: 'Look up the SQLSTATE in the PostgreSQL manual, appendix A; the tool log of the drill may say more.',
    sqlState: state,
  });
}
