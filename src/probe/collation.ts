import { numberIn, textIn, trueIn, type Reader } from './asker.ts';

/** A sort order that data or indexes use, and that is of another version here than the one that the cluster was made with. */
export interface MovedCollation {
  readonly id: number;
  readonly name: string;
}

const IN_USE = `
  select c.oid::int8 as id, n.nspname || '.' || c.collname as name, c.collversion is distinct from pg_collation_actual_version(c.oid) as differs
  from pg_collation c join pg_namespace n on n.oid = c.collnamespace
  where c.collversion is not null and c.oid in (select attcollation from pg_attribute union select unnest(indcollation::oid[]) from pg_index)`;

const OF_DATABASE = `
  select to_jsonb(d) ->> 'datcollversion' is distinct from pg_database_collation_actual_version(d.oid) as differs
  from pg_database d where d.datname = current_database() and to_jsonb(d) ->> 'datcollversion' is not null`;

/** What pg_collation calls the sort order of the database itself. */
const DEFAULT = { id: 100, name: 'default' };

/** Failure mode W13, as far as versions show it. */
export async function movedCollations(asker: Reader, major: number): Promise<readonly MovedCollation[]> {
  const rows = (await asker.rows(IN_USE)).filter(row => trueIn(row, 'differs'));
  const moved = rows.map(row => ({ id: numberIn(row, 'id') ?? 0, name: textIn(row, 'name') }));
  return major >= 15 && trueIn((await asker.rows(OF_DATABASE))[0], 'differs') ? [...moved, DEFAULT] : moved;
}
