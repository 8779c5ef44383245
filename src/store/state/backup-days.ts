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

/** The last day that was said; undefined if none was. */
export async function lastBackupDay(tx: Tx, { client, plan }: PlanOf): Promise<string | undefined> {
  const rows = await tx.query(`select to_char(max(day), 'YYYY-MM-DD') as day from backup_day where client = $1 and plan = $2`, [
    client,
    plan,
  ]);
  return (rows[0]?.day as string | null | undefined) ?? undefined;
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
