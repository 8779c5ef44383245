import type { Tx } from './state.ts';

/** Up to which entry of a client's ledger everything was acted on: the `seq` of the next entry to look at. Locks it until the transaction ends. */
export async function followFrom(tx: Tx, client: string): Promise<number | undefined> {
  const rows = await tx.query('select seq from follow_cursor where client = $1 for update', [client]);
  return rows[0]?.['seq'] as number | undefined;
}

/** The same of every client, without a lock. */
export async function followCursors(tx: Tx): Promise<ReadonlyMap<string, number>> {
  const rows = await tx.query('select client, seq from follow_cursor');
  return new Map(rows.map(row => [row['client'] as string, row['seq'] as number]));
}

/** Begins to follow at `seq`, unless somebody has begun already: of two that begin at once the first one's place holds. */
export async function beginFollow(tx: Tx, client: string, seq: number): Promise<void> {
  await tx.query('insert into follow_cursor (client, seq) values ($1, $2) on conflict do nothing', [client, seq]);
}

/** Moves on; the same transaction keeps what the entries led to. */
export async function followTo(tx: Tx, client: string, seq: number): Promise<void> {
  await tx.query(
    `insert into follow_cursor (client, seq) values ($1, $2)
     on conflict (client) do update set seq = excluded.seq, changed_at = now()`,
    [client, seq],
  );
}
