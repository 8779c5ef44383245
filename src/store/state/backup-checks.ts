import type { CheckedPoint } from '../../backup/backup-check.ts';
import type { Row, Tx } from './state.ts';

/** A point that was not there at the check before. */
export interface ArrivedPoint extends CheckedPoint {
  /** The check that saw it first found nothing against it. */
  readonly valid: boolean;
}

/** What is kept of one backup check of one component. */
export interface BackupCheckRow {
  readonly plan: string;
  readonly component: string;
  /** ISO, UTC, milliseconds. */
  readonly at: string;
  /** The occurrence that it answers; `null`: somebody asked for it. */
  readonly dueAt: string | null;
  readonly outcome: 'passed' | 'failed' | 'inconclusive';
  /** Finding codes that are neither passed nor skipped, sorted. */
  readonly codes: readonly string[];
  /** The newest valid point; `null`: none, or nobody could look. */
  readonly newest: CheckedPoint | null;
  readonly points: number;
  /** Size of the newest valid point. */
  readonly bytes: number | null;
  readonly arrived: readonly ArrivedPoint[];
}

/** One component of one plan. */
export interface CheckPlace {
  readonly client: string;
  readonly plan: string;
  readonly component: string;
}

const COLUMNS = 'plan, component, at, due_at, outcome, codes, newest, points, bytes, arrived';

/** Keeps a check. The same moment is kept once. */
export async function keepBackupCheck(tx: Tx, client: string, row: BackupCheckRow): Promise<void> {
  await tx.query(
    `insert into backup_check (client, ${COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (client, plan, component, at) do nothing`,
    [
      ...[client, row.plan, row.component, row.at, row.dueAt, row.outcome, row.codes],
      ...[row.newest === null ? null : JSON.stringify(row.newest), row.points, row.bytes, JSON.stringify(row.arrived)],
    ],
  );
}

/** Lets one process at a time add a check of this component, until the transaction ends. */
export async function lockChecks(tx: Tx, { client, plan, component }: CheckPlace): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('check:' || $1, 0))", [`${client}/${plan}/${component}`]);
}

/** The last checks of a component, newest first. */
export async function lastBackupChecks(tx: Tx, place: CheckPlace, count: number): Promise<readonly BackupCheckRow[]> {
  const rows = await tx.query(
    `select ${COLUMNS} from backup_check where client = $1 and plan = $2 and component = $3 order by at desc limit $4`,
    [place.client, place.plan, place.component, count],
  );
  return rows.map(checkOf);
}

/** The last check of a component that saw a valid point. */
export async function lastWithPoint(tx: Tx, place: CheckPlace): Promise<BackupCheckRow | undefined> {
  const rows = await tx.query(
    `select ${COLUMNS} from backup_check
      where client = $1 and plan = $2 and component = $3 and newest is not null order by at desc limit 1`,
    [place.client, place.plan, place.component],
  );
  return rows.map(checkOf)[0];
}

/** What a plan's checks of a period said: those due in it or, if not scheduled, made in it; and what arrived, seen until `seenUntil`. Oldest first. */
export async function backupChecksBetween(
  tx: Tx,
  plan: { readonly client: string; readonly plan: string },
  period: { readonly from: string; readonly to: string },
): Promise<readonly BackupCheckRow[]> {
  const rows = await tx.query(
    `select ${COLUMNS} from backup_check
      where client = $1 and plan = $2 and coalesce(due_at, at) >= $3 and coalesce(due_at, at) < $4 order by at`,
    [plan.client, plan.plan, period.from, period.to],
  );
  return rows.map(checkOf);
}

/** The last check of each component before a moment that saw a valid point. */
export async function newestBefore(
  tx: Tx,
  plan: { readonly client: string; readonly plan: string },
  at: string,
): Promise<readonly BackupCheckRow[]> {
  const rows = await tx.query(
    `select distinct on (component) ${COLUMNS} from backup_check
      where client = $1 and plan = $2 and coalesce(due_at, at) < $3 and newest is not null order by component, at desc`,
    [plan.client, plan.plan, at],
  );
  return rows.map(checkOf);
}

/**
 * Of each of these plans when its last check of any component since a moment was made, or was due; `null` if its checks are all older. A plan that was
 * never checked is not among them.
 */
export async function lastChecksSince(
  tx: Tx,
  { client, plans }: { readonly client: string; readonly plans: readonly string[] },
  since: string,
): Promise<ReadonlyMap<string, string | null>> {
  const rows = await tx.query(
    `select k.plan, (select greatest(max(b.at), max(b.due_at)) from backup_check b
         where b.client = $1 and b.plan = k.plan and b.at >= $3) as last
       from unnest($2::text[]) as k(plan)
      where exists (select from backup_check b where b.client = $1 and b.plan = k.plan)`,
    [client, [...plans], since],
  );
  return new Map(rows.map(row => [row['plan'] as string, row['last'] as string | null]));
}

/** When the first check of a plan was made; undefined if there is none. */
export async function firstBackupCheckAt(tx: Tx, plan: { readonly client: string; readonly plan: string }): Promise<string | undefined> {
  const rows = await tx.query('select min(at) as at from backup_check where client = $1 and plan = $2', [plan.client, plan.plan]);
  return (rows[0]?.at as string | null | undefined) ?? undefined;
}

function checkOf(row: Row): BackupCheckRow {
  return {
    plan: row.plan as string,
    component: row.component as string,
    at: row.at as string,
    dueAt: row.due_at as string | null,
    outcome: row.outcome as BackupCheckRow['outcome'],
    codes: row.codes as readonly string[],
    newest: row.newest as CheckedPoint | null,
    points: row.points as number,
    bytes: row.bytes as number | null,
    arrived: row.arrived as readonly ArrivedPoint[],
  };
}
