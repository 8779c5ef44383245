import type { PostgresFiles } from '../../backup/postgres-files.ts';
import { positionOf } from '../../backup/wal-name.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { ServiceError } from '../service.ts';
import type { PgRow } from '../../system/pg-client.ts';
import type { RecoveryLog } from './recovery-log.ts';
import type { StartedServer } from './server.ts';
import { RECORDED } from './settings.ts';

/** What recovery came to. */
export interface Replayed {
  readonly findings: readonly Finding[];
  readonly settings: Readonly<Record<string, string>>;
  readonly startedAt: unknown;
}

export interface Replay {
  readonly server: StartedServer;
  readonly log: RecoveryLog;
  readonly files: PostgresFiles;
  readonly replayMs: number;
}

const ASK_MS = 30_000;
const QUESTION = `
  select pg_is_in_recovery() as recovering, pg_last_wal_replay_lsn()::text as position,
         to_char(pg_last_xact_replay_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as last,
         pg_postmaster_start_time()::text as started,
         (select jsonb_object_agg(name, setting) from pg_settings where name = any($1))::text as settings`;

/** Asks the recovered server how far it got: to have started is not to have replayed everything. Throws ServiceError. */
export async function replayed(replay: Replay, stop: AbortSignal): Promise<Replayed> {
  const row = await ask(replay.server, stop);
  if (row['recovering'] !== false && row['recovering'] !== 'f')
    throw new ServiceError('start-failed', 'the server still recovers after it said that it was done', { hint: 'Report this.' });
  return {
    findings: [...reached(replay, row), ...lastTransaction(row)],
    settings: JSON.parse(String(row['settings'])) as Record<string, string>,
    startedAt: row['started'],
  };
}

async function ask({ pool }: StartedServer, stop: AbortSignal): Promise<PgRow> {
  const question = { text: QUESTION, values: [[...RECORDED]], rows: 1, timeLimitMs: ASK_MS, stop };
  try {
    return (await pool.ask('template1', { question, before: [], after: undefined }))[0] ?? {};
  } catch (error) {
    if (!(error instanceof ServiceError) || error.sqlState?.startsWith('28') !== true) throw error;
    throw new ServiceError('start-failed', 'the restored cluster has no superuser of the name that was tried', {
      hint: 'Name it in the plan: `service: { engine: postgres, superuser: <name> }`.',
      sqlState: error.sqlState,
      cause: error,
    });
  }
}

function reached({ files, log, replayMs }: Replay, row: PgRow): readonly Finding[] {
  const got = positionOf(String(row['position'])) ?? 0n;
  const wanted = positionOf(files.until ?? '') ?? 0n;
  if (log.foreign) return [finding('backup.wal-foreign', 'failed', { probe: 'restore', unit: 'segments', expected: 0, observed: 1 })];
  if (got < wanted) {
    const facts = { unit: 'bytes', expected: 0, observed: Number(wanted - got) };
    return [finding('restore.log-ended-early', 'failed', { probe: 'restore', ...facts })];
  }
  if (['time', 'lsn', 'name'].includes(files.target.to) && !log.reachedTarget)
    return [finding('restore.target-not-reached', 'failed', { probe: 'restore' })];
  return [finding('restore.log-replayed', 'passed', { probe: 'restore', unit: 'segments', observed: log.restored, latencyMs: replayMs })];
}

function lastTransaction(row: PgRow): readonly Finding[] {
  const at = row['last'];
  return typeof at === 'string' ? [finding('restore.last-transaction', 'passed', { probe: 'restore', observed: at })] : [];
}
