import { connectState } from '../state/address.ts';
import { stateError } from '../state/state-error.ts';
import { QUEUE_SCHEMA, queueOf, siteOf, type SiteDepth } from './queue.ts';

/** Counted anew: what pg-boss keeps of its queues is up to a minute old. */
export const DEPTH = `select name, (count(*) filter (where state < 'active'))::int as waiting, (count(*) filter (where state = 'active'))::int as running
  from ${QUEUE_SCHEMA}.job where name like '${queueOf('%')}' and state < 'completed' group by name order by name`;

export function depthOf(rows: readonly unknown[]): readonly SiteDepth[] {
  return (rows as readonly { name: string; waiting: number; running: number }[]).map(({ name, waiting, running }) => ({
    site: siteOf(name),
    waiting,
    running,
  }));
}

/** For one look, without a queue of one's own; empty if there is no queue yet. Rejects with StoreError `state-unreachable`. */
export async function readDepth(connectionString: string): Promise<readonly SiteDepth[]> {
  const where = 'DATABASE_URL';
  const client = await connectState({ where, connectionString });
  try {
    const { rows } = await client.query<{ there: boolean }>(`select to_regclass('${QUEUE_SCHEMA}.job') is not null as there`);
    return rows[0]?.there === true ? depthOf((await client.query(DEPTH)).rows) : [];
  } catch (cause) {
    throw stateError(cause, where);
  } finally {
    await client.end();
  }
}
