import { isSilent } from '../../escalation/conditions-of.ts';
import type { State } from './state.ts';

/** A process that executes checks and drills of one site. */
export interface WorkerRow {
  /** Host and process: `rack-2.4711`. */
  readonly id: string;
  readonly site: string;
  readonly host: string;
  readonly pid: number;
  readonly version: string;
  readonly startedAt: string;
  readonly heartbeatAt: string;
  readonly intervalMs: number;
  readonly state: 'working' | 'draining' | 'stopped';
  /** What it is at: `drill lakeside/lakeside-ehr`. */
  readonly doing: readonly string[];
}

/** Says that the worker is there, and what it is at. The first beat registers it. */
export async function beat(state: State, row: WorkerRow): Promise<void> {
  await state.all(tx =>
    tx.query(
      `insert into worker (id, site, host, pid, version, started_at, heartbeat_at, interval_ms, state, doing)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
       on conflict (id) do update set heartbeat_at = excluded.heartbeat_at, state = excluded.state, doing = excluded.doing,
         started_at = excluded.started_at, version = excluded.version, interval_ms = excluded.interval_ms`,
      [
        ...[row.id, row.site, row.host, row.pid, row.version],
        ...[row.startedAt, row.heartbeatAt, row.intervalMs, row.state, JSON.stringify(row.doing)],
      ],
    ),
  );
}

/** Every worker that was ever seen, the one heard last first. */
export async function workers(state: State): Promise<readonly WorkerRow[]> {
  const rows = await state.all(tx =>
    tx.query(
      `select id, site, host, pid, version, started_at as "startedAt", heartbeat_at as "heartbeatAt", interval_ms as "intervalMs", state, doing
         from worker order by heartbeat_at desc`,
    ),
  );
  return rows as unknown as readonly WorkerRow[];
}

/**
 * Not stopped, not heard for three of its intervals, and not replaced. What a supervisor starts again has another process id: each worker takes
 * the place of one that had gone before it on its host and site, the one heard last, and keeps it also when it is gone itself. So of a worker
 * that was killed a hundred times one is missed, not a hundred; and of two that died together one, if one alone came back. Pure.
 */
export function silentWorkers(rows: readonly WorkerRow[], now: string): readonly WorkerRow[] {
  const gone = rows
    .filter(row => row.state === 'stopped' || isSilent(row, now))
    .toSorted((a, b) => Date.parse(b.heartbeatAt) - Date.parse(a.heartbeatAt));
  const replaced = new Set<WorkerRow>();
  for (const one of rows.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))) {
    const place = gone.find(row => !replaced.has(row) && isPlaceOf(row, one));
    if (place !== undefined) replaced.add(place);
  }
  return gone.filter(row => row.state !== 'stopped' && !replaced.has(row));
}

function isPlaceOf(row: WorkerRow, later: WorkerRow): boolean {
  return row.id !== later.id && row.host === later.host && row.site === later.site && row.heartbeatAt < later.startedAt;
}
