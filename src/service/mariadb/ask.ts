import type { MariaPlace, MariaQuestion, MariaRow } from '../../system/maria-client.ts';
import { MariaRefused } from '../../system/maria-refused.ts';
import { ServiceError, type ServiceErrorCode } from '../service.ts';
import { USER } from './place.ts';

/** What one answer may cost us in memory, whatever the server sends. */
const ANSWER_BYTES = 64 * 1024 * 1024;
const CONNECT_MS = 10_000;

/** A question, and what sets the session up for it. */
export interface Asking extends MariaQuestion {
  readonly database?: string;
  readonly before?: readonly { readonly text: string; readonly values?: readonly unknown[] }[];
}

/** Where a server is asked, and as whom. */
export type SocketAt = Pick<MariaPlace, 'folder' | 'name' | 'user'>;

/** One question, in a session of its own, to our server of a sandbox: nothing that it sets outlives it. Rejects with ServiceError only. */
export function ask(socket: string, asking: Asking): Promise<readonly MariaRow[]> {
  return askAt({ folder: socket, user: USER }, asking);
}

/** The same of any server of this machine. */
export async function askAt(at: SocketAt, { database, before = [], ...question }: Asking): Promise<readonly MariaRow[]> {
  const place = { ...at, bytes: ANSWER_BYTES, ...(database === undefined ? {} : { database }) };
  // Loaded when it is needed: the driver is as large as all of our own code.
  const { connectMaria } = await import('../../system/maria-client.ts');
  try {
    const connection = await connectMaria(place, CONNECT_MS);
    try {
      for (const statement of before) await connection.ask({ ...statement, rows: 1, timeLimitMs: CONNECT_MS });
      return await connection.ask(question);
    } catch (error) {
      endLeft(at, error, connection.id);
      throw error;
    } finally {
      connection.close();
    }
  } catch (error) {
    throw serviceErrorOf(error);
  }
}

/** We left; the server would go on computing an answer that nobody takes. */
function endLeft(at: SocketAt, error: unknown, id: number): void {
  if (!(error instanceof MariaRefused) || !['timeout', 'stopped'].includes(error.why)) return;
  void askAt(at, { text: `kill ${Math.trunc(id)}`, rows: 1, timeLimitMs: CONNECT_MS }).catch(() => undefined);
}

/** 1969: `max_statement_time` · 1021: disk full · 1037, 1038, 1041: no memory · 1053, 1927: the server or the connection is being ended. */
const BY_NUMBER: Readonly<Record<number, ServiceErrorCode>> = {
  1021: 'disk-full',
  1037: 'out-of-memory',
  1038: 'out-of-memory',
  1041: 'out-of-memory',
  1053: 'died',
  1927: 'died',
  1969: 'query-timeout',
};
const BY_REASON: Readonly<Record<MariaRefused['why'], ServiceErrorCode>> = {
  connect: 'died',
  closed: 'died',
  query: 'query-failed',
  protocol: 'query-failed',
  'too-much': 'query-failed',
  timeout: 'query-timeout',
  stopped: 'stopped',
};

/** Nothing of what the server said but the number of its error. */
function serviceErrorOf(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  const { number, why } = MariaRefused.from(error, 'query');
  const code = number === null ? BY_REASON[why] : (BY_NUMBER[number] ?? 'query-failed');
  return new ServiceError(code, `the restored server gave no answer (${number === null ? why : `error ${number}`})`, {
    hint: 'Look up the number among the error codes in the MariaDB documentation; the tool log of the drill may say more.',
    number,
  });
}
