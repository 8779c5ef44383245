import { textIn, trueIn, type Reader } from '../asker.ts';
import type { Noted } from './compare-objects.ts';

const IN_USE = `
  select n.nspname || '.' || c.collname as name, c.collversion is distinct from pg_collation_actual_version(c.oid) as differs
  from pg_collation c join pg_namespace n on n.oid = c.collnamespace
  where c.collversion is not null and c.oid in (select attcollation from pg_attribute union select unnest(indcollation::oid[]) from pg_index)`;

const OF_DATABASE = `
  select to_jsonb(d) ->> 'datcollversion' is distinct from pg_database_collation_actual_version(d.oid) as differs
  from pg_database d where d.datname = current_database() and to_jsonb(d) ->> 'datcollversion' is not null`;

/** Collations whose version is another one than that by which the data were sorted (failure mode W13). `integrity` sees what came of it. */
export async function compareCollations(asker: Reader, major: number): Promise<readonly Noted[]> {
  const rows = await asker.rows(IN_USE);
  const names = rows.filter(row => trueIn(row, 'differs')).map(row => textIn(row, 'name'));
  if (major >= 15 && trueIn((await asker.rows(OF_DATABASE))[0], 'differs')) names.push('default');
  return names.map(object => ({ code: 'inventory.collation-version-differs', outcome: 'failed', facts: { object, required: false } }));
}
