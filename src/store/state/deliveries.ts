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
  readonly state: 'waiting' | 'accepted' | 'delivered' | 'failed';
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

/**
 * Takes what is due, and lets nobody else take it for `leaseMs`: a process that dies while it sends leaves the message to the next one.
 * The attempt is counted before the try.
 */
export async function takeDue(state: State, at: { now: string; leaseMs: number; most: number }): Promise<readonly Delivery[]> {
  const until = new Date(Date.parse(at.now) + at.leaseMs).toISOString();
  const rows = await state.all(tx =>
    tx.query(
      `update delivery set attempt = attempt + 1, due_at = $2
        where (client, id) in (select client, id from delivery where state = 'waiting' and due_at <= $1
                                order by due_at limit $3 for update skip locked)
        returning ${COLUMNS}`,
      [at.now, until, at.most],
    ),
  );
  return rows as unknown as readonly Delivery[];
}

/** How a try ended: accepted, failed for good, or to be tried again at `dueAt`. */
export interface Tried {
  readonly state: 'waiting' | 'accepted' | 'failed';
  readonly dueAt: string;
  readonly providerId: string | null;
  readonly error: string | null;
  readonly endedAt: string | null;
}

export async function keepTried(tx: Tx, of: Pick<Delivery, 'client' | 'id'>, tried: Tried): Promise<void> {
  await tx.query('update delivery set state = $3, due_at = $4, provider_id = $5, error = $6, ended_at = $7 where client = $1 and id = $2', [
    ...[of.client, of.id, tried.state, tried.dueAt, tried.providerId, tried.error, tried.endedAt],
  ]);
}

/** Everything that was sent about one matter, oldest first. */
export async function deliveriesOf(tx: Tx, escalation: string): Promise<readonly Delivery[]> {
  const rows = await tx.query(`select ${COLUMNS} from delivery where escalation = $1 order by made_at, id`, [escalation]);
  return rows as unknown as readonly Delivery[];
}
