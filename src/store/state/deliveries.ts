import type { Row, State, Tx } from './state.ts';

/** One message to one contact by one channel, on its way. */
export interface Delivery {
  readonly client: string;
  readonly id: string;
  readonly escalation: string | null;
  readonly tier: string;
  readonly contact: string;
  readonly channel: string;
  /** Tries so far. */
  readonly attempt: number;
  readonly dueAt: string;
  /** `exhausted`: failed by every channel, and the next tier has not been told of it; `dropped`: not sent, since it says nothing true any more. */
  readonly state: 'waiting' | 'accepted' | 'delivered' | 'failed' | 'exhausted' | 'dropped';
  /** What is to be said; without the link by which a contact takes the matter, which is made when it is sent. */
  readonly message: Row;
  readonly madeAt: string;
  readonly error: string | null;
}

const COLUMNS = `client, id, escalation, tier, contact, channel, attempt, due_at as "dueAt", state, message, made_at as "madeAt", error`;

/** Puts a message on its way. The same id is put only once. */
export async function putDelivery(tx: Tx, one: Omit<Delivery, 'attempt' | 'state' | 'error'>): Promise<void> {
  await tx.query(
    `insert into delivery (client, id, escalation, tier, contact, channel, due_at, message, made_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [one.client, one.id, one.escalation, one.tier, one.contact, one.channel, one.dueAt, JSON.stringify(one.message), one.madeAt],
  );
}

/** What is taken to be sent: of these clients only, since nobody else's contacts are known here. */
export interface Taking {
  readonly clients: readonly string[];
  readonly now: string;
  readonly leaseMs: number;
  readonly most: number;
}

/**
 * Takes what is due, and lets nobody else take it for `leaseMs`: a process that dies while it sends leaves the message to the next one.
 * The attempt is counted before the try. Of a client whose entries still wait for the ledger nothing is taken: what a message rests on
 * stands in the ledger before anybody hears of it. Only that the ledger itself was altered is told regardless, for it takes no entry then.
 */
export async function takeDue(state: State, { clients, now, leaseMs, most }: Taking): Promise<readonly Delivery[]> {
  const until = new Date(Date.parse(now) + leaseMs).toISOString();
  const rows = await state.all(tx =>
    tx.query(
      `update delivery set attempt = attempt + 1, due_at = $2
        where (client, id) in (select client, id from delivery d where state = 'waiting' and due_at <= $1 and client = any($4)
                                 and (message->'content'->>'condition' = 'ledger-altered' or
                                      not exists (select from outbox o where o.client = d.client and o.refused_at is null))
                                order by due_at, made_at, id limit $3 for update of d skip locked)
        returning ${COLUMNS}`,
      [now, until, most, [...clients]],
    ),
  );
  return rows as unknown as readonly Delivery[];
}

/** Takes the digests for the same contact by the same channel that nobody has tried: they go out in one message. */
export async function takeDigests(tx: Tx, of: Delivery, dueAt: string): Promise<readonly Delivery[]> {
  const rows = await tx.query(
    `update delivery set attempt = attempt + 1, due_at = $4
      where client = $1 and contact = $2 and channel = $3 and state = 'waiting' and attempt = 0 and message->>'kind' = 'digest'
      returning ${COLUMNS}`,
    [of.client, of.contact, of.channel, dueAt],
  );
  return rows as unknown as readonly Delivery[];
}

/** How a try ended: accepted, failed for good, failed by the last channel, or to be tried again at `dueAt`. */
export interface Tried {
  readonly state: 'waiting' | 'accepted' | 'failed' | 'exhausted';
  readonly dueAt: string;
  readonly providerId: string | null;
  readonly error: string | null;
  readonly endedAt: string | null;
}

/** False if the message was dropped while it was being sent: then nothing follows from a try that failed. */
export async function keepTried(tx: Tx, of: Pick<Delivery, 'client' | 'id'>, tried: Tried): Promise<boolean> {
  const rows = await tx.query(
    `update delivery set state = $3, due_at = $4, provider_id = $5, error = $6, ended_at = $7
      where client = $1 and id = $2 and (state = 'waiting' or $3 = 'accepted') returning 1 as one`,
    [of.client, of.id, tried.state, tried.dueAt, tried.providerId, tried.error, tried.endedAt],
  );
  return rows.length === 1;
}

/** As if it had not been taken: we were ended before the other side could answer. */
export async function putBack(tx: Tx, of: Pick<Delivery, 'client' | 'id'>, now: string): Promise<void> {
  await tx.query("update delivery set attempt = attempt - 1, due_at = $3 where client = $1 and id = $2 and state = 'waiting'", [
    ...[of.client, of.id, now],
  ]);
}

/** What failed by every channel, and from which nothing has followed so far. */
export async function exhaustedDeliveries(state: State, clients: readonly string[]): Promise<readonly Delivery[]> {
  const text = `select ${COLUMNS} from delivery where state = 'exhausted' and client = any($1) order by made_at, id`;
  return (await state.all(tx => tx.query(text, [[...clients]]))) as unknown as readonly Delivery[];
}

/** Marks that the consequences are kept in this transaction. False if somebody else was faster. */
export async function endExhausted(tx: Tx, { client, id }: Pick<Delivery, 'client' | 'id'>): Promise<boolean> {
  const text = "update delivery set state = 'failed' where client = $1 and id = $2 and state = 'exhausted' returning 1 as one";
  return (await tx.query(text, [client, id])).length === 1;
}

/** What still waits about a matter that calls nobody any more is not sent. Its end, and what hands over several matters, is. */
export async function dropWaiting(tx: Tx, escalation: string, why: { readonly error: string; readonly at: string }): Promise<void> {
  await tx.query(
    `update delivery set state = 'dropped', error = $2, ended_at = $3
      where escalation = $1 and state = 'waiting' and message->>'kind' not in ('resolved', 'hand-off')`,
    [escalation, why.error, why.at],
  );
}

/** Of several updates that nobody has tried to send only the last says how things are. */
export async function dropOlderUpdates(tx: Tx, of: Pick<Delivery, 'escalation' | 'contact' | 'channel'>, at: string): Promise<void> {
  await tx.query(
    `update delivery set state = 'dropped', error = 'superseded', ended_at = $4
      where escalation = $1 and contact = $2 and channel = $3 and state = 'waiting' and attempt = 0 and message->>'kind' = 'changed'`,
    [of.escalation, of.contact, of.channel, at],
  );
}

/** Everything that was sent about one matter, oldest first. */
export async function deliveriesOf(tx: Tx, escalation: string): Promise<readonly Delivery[]> {
  const rows = await tx.query(`select ${COLUMNS} from delivery where escalation = $1 order by made_at, id`, [escalation]);
  return rows as unknown as readonly Delivery[];
}
