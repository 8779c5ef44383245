import { isSilent } from '../../escalation/conditions-of.ts';
import type { Staff } from '../../schedule/staff.ts';
import type { State } from './state.ts';

/** A process that executes checks and drills of one site. */
export interface WorkerRow {
  /** Host and process: `rack-2.4711`. */
  readonly id: string;
  /** `any`: it takes the plans of every site. */
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
  /** Drills at the same time; `null`, as the next three: a worker of an older release does not say. */
  readonly slots: number | null;
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
  /** Scratch disk that was free while it ran no drill. */
  readonly diskBytes: number | null;
  /** When somebody asked it to take nothing new and to end. */
  readonly drainAskedAt: string | null;
}

export const EVERY_SITE = 'any';

const COLUMNS = `id, site, host, pid, version, started_at as "startedAt", heartbeat_at as "heartbeatAt", interval_ms as "intervalMs", state, doing,
  slots, cpus, memory_bytes as "memoryBytes", disk_bytes as "diskBytes", drain_asked_at as "drainAskedAt"`;

/** A request to drain is for this process, not for the next one that has its number. */
const ASKED = 'case when w.started_at = excluded.started_at then w.drain_asked_at end';

const BEAT = `
insert into worker as w (id, site, host, pid, version, started_at, heartbeat_at, interval_ms, state, doing, slots, cpus, memory_bytes, disk_bytes)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (id) do update set heartbeat_at = excluded.heartbeat_at, doing = excluded.doing, started_at = excluded.started_at,
  state = case when excluded.state = 'working' and ${ASKED} is not null then 'draining' else excluded.state end,
  version = excluded.version, interval_ms = excluded.interval_ms, site = excluded.site, host = excluded.host, pid = excluded.pid,
  slots = excluded.slots, cpus = excluded.cpus, memory_bytes = excluded.memory_bytes, disk_bytes = excluded.disk_bytes, drain_asked_at = ${ASKED}
returning drain_asked_at as "drainAskedAt"`;

/** Says that the worker is there, and what it is at; true if somebody asked it to drain. The first beat registers it. */
export async function beat(state: State, row: Omit<WorkerRow, 'drainAskedAt'>): Promise<boolean> {
  const [said] = await state.all(tx =>
    tx.query(BEAT, [
      ...[row.id, row.site, row.host, row.pid, row.version],
      ...[row.startedAt, row.heartbeatAt, row.intervalMs, row.state, JSON.stringify(row.doing)],
      ...[row.slots, row.cpus, row.memoryBytes, row.diskBytes],
    ]),
  );
  return (said as unknown as Pick<WorkerRow, 'drainAskedAt'>).drainAskedAt !== null;
}

/** Asks it to take nothing new, to finish what it is at, and to end. */
export async function askToDrain(state: State, id: string, at: string): Promise<void> {
  await state.all(tx =>
    tx.query(
      `update worker set drain_asked_at = coalesce(drain_asked_at, $2), state = case state when 'working' then 'draining' else state end where id = $1`,
      [id, at],
    ),
  );
}

/** Every worker that was ever seen, the one heard last first. */
export async function workers(state: State): Promise<readonly WorkerRow[]> {
  const rows = await state.all(tx => tx.query(`select ${COLUMNS} from worker order by heartbeat_at desc`));
  return rows as unknown as readonly WorkerRow[];
}

/** Those that take work now: heard lately, neither draining nor stopped. Pure. */
export function workingNow(rows: readonly WorkerRow[], now: string): readonly WorkerRow[] {
  return rows.filter(row => row.state === 'working' && !isSilent(row, now));
}

/** Those of other machines that were heard lately. Pure. */
export function elsewhere(
  rows: readonly WorkerRow[],
  { host, now }: { readonly host: string; readonly now: string },
): readonly WorkerRow[] {
  return rows.filter(row => row.state !== 'stopped' && row.host !== host && !isSilent(row, now));
}

/** What matters of workers when somebody asks who could begin a drill. Pure. */
export function staffOf(rows: readonly WorkerRow[], now: string): readonly Staff[] {
  return workingNow(rows, now).map(({ site, slots, cpus, memoryBytes, diskBytes, doing }) => ({
    site: site === EVERY_SITE ? null : site,
    slots,
    room: cpus === null || memoryBytes === null || diskBytes === null ? null : { cpus, memoryBytes, diskBytes },
    busy: doing.filter(one => one.startsWith('drill ')).length,
  }));
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
