import { isDeepStrictEqual } from 'node:util';
import { EvidenceError } from '../../evidence/error.ts';
import { entrySchemas, type Entry } from '../../evidence/entry.ts';
import type { Statement } from '../../evidence/statement.ts';
import type { Ledger } from '../ledger.ts';
import { StoreError } from '../error.ts';
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

/** An entry that the ledger does not take. It is put aside, so that it does not silence everything that comes after it. */
export interface RefusedEntry {
  readonly client: string;
  readonly type: string;
  /** Names the field, never the value. */
  readonly why: string;
  readonly refusedAt: string;
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

/**
 * Appends what waits for this client's ledger, in order. Gives how many entries were appended. One that the ledger refuses is put aside
 * (`refusedEntries`) and offered again after an hour: a newer release may have written it, and may be what runs by then.
 */
export async function drainOutbox(state: State, ledger: Ledger): Promise<number> {
  const { client, home } = ledger;
  // Mostly nothing waits: then no lock is taken. A row goes only once its entry stands in the ledger.
  if ((await waiting(state, client)).length === 0) return 0;
  return withLock(home.lock(`outbox-${client}.lock`), async () => {
    let appended = 0;
    for (;;) {
      const rows = await waiting(state, client);
      if (rows.length === 0) return appended;
      appended += await drainBatch(state, ledger, rows);
    }
  });
}

/** What was put aside, of all clients, oldest first. It must be said aloud until somebody has mended it. */
export async function refusedEntries(state: State): Promise<readonly RefusedEntry[]> {
  const rows = await state.all(tx =>
    tx.query(
      `select client, entry->>'type' as type, refused as why, refused_at as "refusedAt" from outbox
        where refused_at is not null order by refused_at, id limit 100`,
    ),
  );
  return rows as unknown as readonly RefusedEntry[];
}

/** Those of these clients for whom something waits. */
export async function clientsWaiting(tx: Tx, clients: readonly string[]): Promise<readonly string[]> {
  const text = `select distinct client from outbox
    where client = any($1) and (refused_at is null or refused_at < now() - interval '1 hour') order by client`;
  return (await tx.query(text, [[...clients]])).map(row => String(row['client']));
}

async function waiting(state: State, client: string): Promise<readonly Waiting[]> {
  const text = `select id, entry, from_seq from outbox
    where client = $2 and (refused_at is null or refused_at < now() - interval '1 hour') order by id limit $1`;
  const rows = await state.of(client, tx => tx.query(text, [BATCH, client]));
  return rows as unknown as readonly Waiting[];
}

/**
 * In a shared ledger row and line are in one database: an entry is appended and its row goes in one transaction, whichever machine is first. Gives
 * how many we appended.
 */
async function drainShared(state: State, ledger: Ledger, rows: readonly Waiting[]): Promise<number> {
  let appended = 0;
  for (const { id, entry } of rows) {
    const why = await appendOne(() => ledger.appendAll(() => [{ entry, waiting: id }]), entry).catch(elsewhere);
    if (why === undefined) appended += 1;
    else if (why !== SAID) await state.of(ledger.client, tx => putAside(tx, id, why));
  }
  return appended;
}

const SAID = Symbol('another machine has said it');

function elsewhere(error: unknown): typeof SAID {
  if (error instanceof StoreError && error.code === 'not-open') return SAID;
  throw error;
}

/** Nothing of it is in the ledger, so that there is nothing to be found again either. */
async function putAside(tx: Tx, id: number, why: string): Promise<void> {
  await tx.query('update outbox set refused = $2, refused_at = now(), from_seq = null where id = $1', [id, why]);
}

/** First it is kept where the ledger ended, then it is appended, then the rows go: whatever breaks, the next run sees how far it came. */
async function drainBatch(state: State, ledger: Ledger, rows: readonly Waiting[]): Promise<number> {
  await ledger.open();
  if (ledger.sharing !== undefined) return drainShared(state, ledger, rows);
  const begun = rows.filter(row => row.from_seq !== null);
  const there = begun.length === 0 ? new Set<number>() : await alreadyThere(ledger, begun);
  const ids = rows.map(row => row.id);
  await state.of(ledger.client, tx =>
    tx.query('update outbox set from_seq = $2 where id = any($1) and from_seq is null', [ids, ledger.position().size]),
  );
  const refused = new Map<number, string>();
  let appended = 0;
  const left = rows.filter(row => !there.has(row.id));
  if (await appendedAtOnce(ledger, left)) appended = left.length;
  else {
    for (const { id, entry } of left) {
      const why = await appendOne(() => ledger.append(entry), entry);
      if (why === undefined) appended += 1;
      else refused.set(id, why);
    }
  }
  await state.of(ledger.client, async tx => {
    for (const [id, why] of refused) await putAside(tx, id, why);
    await tx.query('delete from outbox where id = any($1)', [ids.filter(id => !refused.has(id))]);
  });
  return appended;
}

/** All of them share a lock and a write. False if the ledger takes one of them not: then it has taken none. */
async function appendedAtOnce(ledger: Ledger, rows: readonly Waiting[]): Promise<boolean> {
  if (rows.length < 2 || rows.some(({ entry }) => !(entry.type in entrySchemas))) return false;
  try {
    await ledger.appendAll(() => rows.map(({ entry }) => ({ entry })));
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

function isRefusal(error: unknown): error is EvidenceError {
  return error instanceof EvidenceError && error.code === 'not-allowed';
}

/** Gives why the ledger does not take the entry. Whatever else is wrong with the ledger is wrong for all entries, and stops the run. */
async function appendOne(append: () => Promise<unknown>, entry: Entry): Promise<string | undefined> {
  if (!(entry.type in entrySchemas)) return 'an entry of a type that this release does not know';
  try {
    await append();
    return undefined;
  } catch (error) {
    if (isRefusal(error)) return error.message;
    throw error;
  }
}

/**
 * Rows whose entries an earlier run appended before it broke. Each line counts for one row: two rows that say the same are two lines. The
 * order says nothing, since a row may become visible after one with a higher number.
 */
async function alreadyThere(ledger: Ledger, begun: readonly Waiting[]): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  const from = Math.min(...begun.map(row => row.from_seq ?? Infinity));
  for await (const statement of entriesFrom(ledger, from)) {
    const { seq } = statement.predicate;
    const row = begun.find(one => !found.has(one.id) && (one.from_seq ?? 0) <= seq && isSame(statement, one.entry));
    if (row !== undefined) found.add(row.id);
    if (found.size === begun.length) break;
  }
  return found;
}

function isSame({ type, predicate }: Statement, entry: Entry): boolean {
  if (type !== entry.type || !isDeepStrictEqual(predicate['actor'], entry.actor)) return false;
  return Object.entries(entry.fields).every(([name, value]) => isDeepStrictEqual(predicate[name], value));
}
