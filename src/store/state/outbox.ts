import { isDeepStrictEqual } from 'node:util';
import type { Entry } from '../../evidence/entry.ts';
import type { Statement } from '../../evidence/statement.ts';
import type { Ledger } from '../ledger.ts';
import { withLock } from '../lock.ts';
import { entriesFrom } from '../read-entries.ts';
import type { State, Tx } from './state.ts';

/** So many entries are taken to the ledger in one go. */
const BATCH = 200;

interface Waiting {
  readonly id: number;
  readonly entry: Entry;
  readonly from_seq: number | null;
}

/**
 * What must be said in the ledger because of what this transaction keeps. The state and the ledger cannot be written in one act: the
 * entries wait here, and `drainOutbox` takes each of them to the ledger exactly once, also after a crash between the two.
 */
export async function putEntries(tx: Tx, client: string, entries: readonly Entry[]): Promise<void> {
  for (const entry of entries) {
    await tx.query('insert into outbox (client, entry) values ($1, $2)', [client, JSON.stringify(entry)]);
  }
}

/** Appends what waits for this client's ledger, in order. Gives how many entries were appended. */
export async function drainOutbox(state: State, ledger: Ledger): Promise<number> {
  const { client, home } = ledger;
  return withLock(home.lock(`outbox-${client}.lock`), async () => {
    let appended = 0;
    for (;;) {
      const rows = await waiting(state, client);
      if (rows.length === 0) return appended;
      appended += await drainBatch(state, ledger, rows);
    }
  });
}

async function waiting(state: State, client: string): Promise<readonly Waiting[]> {
  const rows = await state.of(client, tx => tx.query('select id, entry, from_seq from outbox order by id limit $1', [BATCH]));
  return rows as unknown as readonly Waiting[];
}

/** First it is kept where the ledger ended, then it is appended, then the rows go: whatever breaks, the next run sees how far it came. */
async function drainBatch(state: State, ledger: Ledger, rows: readonly Waiting[]): Promise<number> {
  await ledger.open();
  const begun = rows.filter(row => row.from_seq !== null);
  const there = begun.length === 0 ? new Set<number>() : await alreadyThere(ledger, begun);
  const ids = rows.map(row => row.id);
  await state.of(ledger.client, tx =>
    tx.query('update outbox set from_seq = $2 where id = any($1) and from_seq is null', [ids, ledger.position().size]),
  );
  const missing = rows.filter(row => !there.has(row.id));
  for (const { entry } of missing) await ledger.append(entry);
  await state.of(ledger.client, tx => tx.query('delete from outbox where id = any($1)', [ids]));
  return missing.length;
}

/** Rows whose entries an earlier run appended before it broke: they stand in the ledger in the order of the rows. */
async function alreadyThere(ledger: Ledger, begun: readonly Waiting[]): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  const from = Math.min(...begun.map(row => row.from_seq ?? Infinity));
  let next = 0;
  for await (const statement of entriesFrom(ledger, from)) {
    const row = begun[next];
    if (row === undefined) break;
    if (!isSame(statement, row.entry)) continue;
    found.add(row.id);
    next += 1;
  }
  return found;
}

function isSame({ type, predicate }: Statement, entry: Entry): boolean {
  if (type !== entry.type || !isDeepStrictEqual(predicate['actor'], entry.actor)) return false;
  return Object.entries(entry.fields).every(([name, value]) => isDeepStrictEqual(predicate[name], value));
}
