import type { TargetPlace } from '../plan/target.ts';
import { finding } from '../finding/finding.ts';
import { ServiceError, speaksNoSql, type HttpAnswer, type HttpRequest, type RunningService, type SqlOptions } from '../service/service.ts';
import { connectPg } from '../system/pg-client.ts';
import { timeLimit } from '../system/time-limit.ts';
import type { ServerAt } from './server.ts';

const CONNECT_MS = 10_000;
const ASK_MS = 600_000;
const MOST_BYTES = 64 << 20;
const MOST_ROWS = 100_000;

/** A recovered component as the plan's workflows ask it: what is there now, on this machine. */
export function runningAt({ server, folder }: TargetPlace, port: number | null): RunningService {
  const engine = server !== undefined ? 'postgres' : folder !== undefined ? 'files' : 'command';
  return {
    ...{ engine, major: 0, findings: [], ready: true },
    sql: server === undefined ? speaksNoSql(engine) : (text, options) => readOnly(server, text, options ?? {}),
    ...(port === null ? {} : { http: { ask: (asked, stop) => askHttp(port, asked, stop) } }),
    stillUp: () => Promise.resolve(finding('service.up', 'passed', { probe: 'service' })),
  };
}

async function readOnly(at: ServerAt, text: string, options: SqlOptions): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const place = {
    folder: at.socket,
    database: at.database,
    user: at.user,
    settings: { timezone: 'UTC', ...options.settings },
    bytes: MOST_BYTES,
  };
  const timeLimitMs = options.timeLimitMs ?? ASK_MS;
  const stop = options.stop === undefined ? {} : { stop: options.stop };
  try {
    const connection = await connectPg(place, CONNECT_MS);
    try {
      await connection.ask({ text: options.write === true ? 'begin' : 'begin read only', rows: 1, timeLimitMs });
      return await connection.ask({ text, values: options.values ?? [], rows: options.rows ?? MOST_ROWS, timeLimitMs, ...stop });
    } finally {
      await connection.close();
    }
  } catch (cause) {
    const sqlState =
      typeof cause === 'object' && cause !== null && 'sqlState' in cause && typeof cause.sqlState === 'string' ? cause.sqlState : null;
    throw new ServiceError('query-failed', 'the recovered server refused a question', { hint: 'Ask it by hand.', sqlState, cause });
  }
}

async function askHttp(port: number, asked: HttpRequest, stop: AbortSignal): Promise<HttpAnswer> {
  const startedMs = performance.now();
  const limit = timeLimit(asked.timeLimitMs ?? ASK_MS);
  const none = { status: null, body: Buffer.alloc(0), cut: false };
  try {
    const answer = await fetch(`http://127.0.0.1:${String(port)}${asked.path}`, {
      method: asked.method ?? 'GET',
      redirect: 'manual',
      signal: AbortSignal.any([stop, limit]),
      ...(asked.body === undefined ? {} : { body: asked.body, headers: { 'content-type': asked.type ?? 'text/plain' } }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    return { status: answer.status, body, cut: false, timedOut: false, latencyMs: Math.round(performance.now() - startedMs) };
  } catch {
    // Whatever it was, there is no answer: that is what is told.
    return { ...none, timedOut: limit.aborted, latencyMs: Math.round(performance.now() - startedMs) };
  }
}
