import type { Jail } from '../../backup/target.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { died } from '../died.ts';
import type { RunningService, SharedSocket, SqlOptions } from '../service.ts';
import { openSocket } from '../share.ts';
import type { StartedServer } from './server.ts';

const QUESTION_MS = 30 * 60_000;
/** The server should end a question itself; if it does not, we leave. */
const GRACE_MS = 2_000;
const DYING_MS = 2_000;
const ROWS = 100_000;
const PROBE = 'service';

export interface RunningOrder {
  readonly server: StartedServer;
  readonly jail: Jail;
  readonly major: number;
  readonly database: string;
  /** When the server started, as it said before the restore. */
  readonly startedAt: unknown;
  readonly analyze: boolean;
  readonly findings: readonly Finding[];
  /** Host folder of the socket, if others may use the server. */
  readonly socket?: string;
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Ready means that a query of ours returned a row from the restored database. Bad news is a finding. */
export async function runService(order: RunningOrder, stop: AbortSignal): Promise<RunningService> {
  const ask = (text: string, options: SqlOptions = {}): Promise<Rows> => sql(order, { text, options });
  const startedMs = performance.now();
  const up = await stillUp(order, ask);
  if (up.outcome === 'passed' && order.analyze) await ask('analyze', { write: true, stop }).catch(() => undefined);
  const ready = up.outcome === 'passed';
  const latencyMs = Math.round(performance.now() - startedMs);
  const answer = ready ? finding('service.ready', 'passed', { probe: PROBE, latencyMs }) : up;
  return {
    engine: 'postgres',
    major: order.major,
    findings: [...order.findings, answer],
    ready,
    sql: ask,
    stillUp: () => stillUp(order, ask),
    ...(order.socket === undefined ? {} : { share: (signal: AbortSignal) => share(order, order.socket ?? '', signal) }),
  };
}

/** One question, in a transaction of its own that is always rolled back, so nothing that it sets outlives it. */
function sql({ server, database }: RunningOrder, asked: { readonly text: string; readonly options: SqlOptions }): Promise<Rows> {
  const { values = [], timeLimitMs = QUESTION_MS, write = false, stop, rows = ROWS, settings = {} } = asked.options;
  const question = { text: asked.text, values, rows, timeLimitMs: timeLimitMs + GRACE_MS, ...(stop === undefined ? {} : { stop }) };
  const all = Object.entries({ ...settings, statement_timeout: String(timeLimitMs) });
  const set = (local: boolean): { text: string; values: readonly string[] } => ({
    text: `select ${all.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, ${local})`).join(', ')}`,
    values: all.flat(),
  });
  if (write) return server.pool.ask(database, { question, before: [set(false)], after: 'reset all' });
  return server.pool.ask(database, { question, before: [{ text: 'begin transaction read only' }, set(true)], after: 'rollback' });
}

async function share({ jail, database }: RunningOrder, folder: string, stop: AbortSignal): Promise<SharedSocket> {
  const name = '.s.PGSQL.5432';
  await openSocket({ jail, folder, name }, stop);
  return { folder, name, saidAs: 'folder', port: 5432, user: 'postgres', database };
}

/** Asked at the very end too: a server that died in between, or that is another one now, did not stand its test. */
async function stillUp(order: RunningOrder, ask: RunningService['sql']): Promise<Finding> {
  if (order.server.ended() !== undefined) return died(order.jail.limitHit());
  try {
    const rows = await ask('select pg_postmaster_start_time()::text as at', { timeLimitMs: 30_000 });
    if (rows[0]?.['at'] !== order.startedAt) return finding('service.restarted', 'inconclusive', { probe: PROBE });
    return finding('service.up', 'passed', { probe: PROBE });
  } catch {
    // The connection breaks a moment before the server's end is known.
    await Promise.race([order.server.process.ended, new Promise(resolve => setTimeout(resolve, DYING_MS))]);
    return order.server.ended() === undefined
      ? finding('service.no-answer', 'inconclusive', { probe: PROBE })
      : died(order.jail.limitHit());
  }
}
