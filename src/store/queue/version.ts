import { createRequire } from 'node:module';
import { StoreError } from '../error.ts';
import { connectState } from '../state/address.ts';
import { stateError } from '../state/state-error.ts';
import { QUEUE_SCHEMA } from './queue.ts';

const { pgboss } = createRequire(import.meta.url)('pg-boss/package.json') as { readonly pgboss: { readonly schema: number } };

/**
 * Throws StoreError `state-newer` when the tables of the queue are of a newer pg-boss than ours: what it changed is not ours to say, so nothing is
 * taken from it or put into it. `version`: of the tables; `null`: there are none yet. Older ones are brought to ours when the queue is opened.
 */
export function refuseNewerQueue(version: number | null): void {
  if (version === null || version <= pgboss.schema) return;
  throw new StoreError(
    'state-newer',
    `the queue: expected tables of pg-boss of version ${pgboss.schema} or older, they are of ${version}`,
    {
      hint: 'Upgrade this machine to the release that the others run; nothing was changed.',
    },
  );
}

/** Before pg-boss itself touches them. Rejects with StoreError. */
export async function versionOfQueue(connectionString: string): Promise<number | null> {
  const where = 'DATABASE_URL';
  const client = await connectState({ where, connectionString });
  try {
    const there = await client.query<{ there: boolean }>(`select to_regclass('${QUEUE_SCHEMA}.version') is not null as there`);
    if (there.rows[0]?.there !== true) return null;
    const { rows } = await client.query<{ version: number }>(`select version::int as version from ${QUEUE_SCHEMA}.version`);
    return rows[0]?.version ?? null;
  } catch (cause) {
    throw stateError(cause, where);
  } finally {
    await client.end();
  }
}
