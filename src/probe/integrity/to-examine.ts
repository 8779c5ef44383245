import { numberIn, textIn, type Asker, type Row } from '../asker.ts';

/** Tells of a table or an index, by its OID, whether it must be examined. */
export interface ToExamine {
  readonly storage: (id: number | undefined) => boolean;
  /** Whether what is promised of rows in these tables must be tried. */
  readonly promises: (ids: readonly (number | undefined)[]) => boolean;
}

export const EVERYTHING: ToExamine = { storage: () => true, promises: () => true };

const RELATIONS = `
  select c.oid::int8 as id, c.relkind::text as kind, pg_relation_filepath(c.oid) as path, nullif(c.reltoastrelid, 0)::int8 as toast, i.indrelid::int8 as "table"
  from pg_class c left join pg_index i on i.indexrelid = c.oid
  where c.relkind in ('r', 'm', 't', 'i')`;

// What is promised of rows, and the functions in which it may be said: if any of it is new, it was not tried over old rows.
const PROMISES = `
  select md5(concat(
    (select string_agg(concat(c.oid, ' ', c.conrelid, ' ', c.convalidated, ' ', pg_get_constraintdef(c.oid)), ',' order by c.oid) from pg_constraint c
     where c.contype <> 't'), ';',
    (select string_agg(concat(i.indexrelid, ' ', pg_get_indexdef(i.indexrelid)), ',' order by i.indexrelid) from pg_index i where i.indisunique), ';',
    (select string_agg(concat(p.oid, ' ', md5(p.prosrc)), ',' order by p.oid) from pg_proc p where p.oid >= 16384))) as digest`;

/** A digest of all that is promised of the rows. */
export async function promisesIn(asker: Asker): Promise<string> {
  return textIn((await asker.rows(PROMISES))[0], 'digest');
}

/** What is known of a service that was examined before. */
export interface Before {
  /** Relations of which every file is the same, by their paths. */
  readonly unaltered: ReadonlySet<string> | undefined;
  /** The same promises were tried there. */
  readonly samePromises: boolean;
}

/**
 * Where it is known which files are the same as in a service that was examined before, only the others need it again: a table with what is stored out of
 * line, an index with the table that it is compared with.
 */
export async function toExamine(asker: Asker, { unaltered, samePromises }: Before): Promise<ToExamine> {
  if (unaltered === undefined) return EVERYTHING;
  const relations = await asker.rows(RELATIONS);
  const isNew = (row: Row): boolean => !unaltered.has(textIn(row, 'path'));
  const ids = new Set(relations.filter(isNew).map(row => numberIn(row, 'id')));
  const add = (key: 'toast' | 'table'): void => {
    for (const row of relations) if (ids.has(numberIn(row, key) ?? NaN)) ids.add(numberIn(row, 'id'));
  };
  // An index of what is out of line leads to its values.
  for (const row of relations) if (textIn(row, 'kind') === 'i' && isNew(row)) ids.add(numberIn(row, 'table'));
  add('toast');
  add('table');
  const known = new Set(relations.map(row => numberIn(row, 'id')));
  const storage = (id: number | undefined): boolean => id === undefined || !known.has(id) || ids.has(id);
  return { storage, promises: tables => !samePromises || tables.some(storage) };
}
