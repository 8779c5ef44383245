import type { Tx } from './state.ts';

interface PlanOf {
  readonly client: string;
  readonly plan: string;
}

/** Takes a local day of a plan (`2026-11-01`) for whoever says first that it is over; false if somebody did. Undone with the transaction. */
export async function claimBackupDay(
  tx: Tx,
  { client, plan }: PlanOf,
  { day, now }: { readonly day: string; readonly now: string },
): Promise<boolean> {
  const rows = await tx.query(
    'insert into backup_day (client, plan, day, kept_at) values ($1, $2, $3, $4) on conflict (client, plan, day) do nothing returning plan',
    [client, plan, day, now],
  );
  return rows.length > 0;
}

/** Where the days of a plan begin that are still to be said. */
export interface SaidUntil {
  /** The last day that was said; `null`: none was. */
  readonly day: string | null;
  /** If no day was: when the first check was made; `null`: there is none. */
  readonly firstCheckAt: string | null;
}

/** Of each of these plans. */
export async function saidUntil(
  tx: Tx,
  { client, plans }: { readonly client: string; readonly plans: readonly string[] },
): Promise<ReadonlyMap<string, SaidUntil>> {
  const rows = await tx.query(
    `select k.plan, to_char(d.day, 'YYYY-MM-DD') as day, case when d.day is null
              then (select min(at) from backup_check b where b.client = $1 and b.plan = k.plan) end as first
       from unnest($2::text[]) as k(plan)
       cross join lateral (select max(day) as day from backup_day b where b.client = $1 and b.plan = k.plan) d`,
    [client, [...plans]],
  );
  return new Map(
    rows.map(row => [row['plan'] as string, { day: row['day'] as string | null, firstCheckAt: row['first'] as string | null }]),
  );
}

/** Backup checks of a plan that a person skipped, due in `[from, to)`. */
export async function skippedChecks(
  tx: Tx,
  { client, plan }: PlanOf,
  period: { readonly from: string; readonly to: string },
): Promise<number> {
  const rows = await tx.query(
    `select count(*)::int as skipped from occurrence
      where client = $1 and plan = $2 and state = 'skipped' and due_at >= $3 and due_at < $4 and starts_with(id, $5)`,
    [client, plan, period.from, period.to, `${plan}/check@`],
  );
  return (rows[0]?.skipped as number | undefined) ?? 0;
}
