import { askAll, numberIn, textIn, trueIn, type Asker } from '../asker.ts';
import { quoteQualified } from '../sql-name.ts';
import type { Tally } from './tally.ts';

interface Unique {
  readonly object: string;
  readonly table: string;
  readonly predicate: string;
  /** Nulls count as equal: PostgreSQL 15 and later can promise so. */
  readonly nullsEqual: boolean;
  readonly keys: readonly { readonly expression: string; readonly collation: string | null }[];
}

// A partitioned table's keys hold its partitions apart, so that each partition by itself is enough.
const UNIQUE = `
  select t.oid::int8 as id, n.nspname as schema, t.relname as "table", x.relname as name, coalesce(pg_get_expr(i.indpred, i.indrelid), '') as predicate,
         coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) as nulls_equal,
         (select bool_and(oc.opcdefault or oc.opcname ~ '_pattern_ops$')
          from unnest((i.indclass::oid[])[0:i.indnkeyatts - 1]) as k(op) join pg_opclass oc on oc.oid = k.op) as usual,
         (select jsonb_agg(jsonb_build_object(
                   'expression', pg_get_indexdef(i.indexrelid, k.i::int, true),
                   'collation', case when k.coll <> 0 then quote_ident(cs.nspname) || '.' || quote_ident(col.collname) end) order by k.i)::text
          from unnest((i.indcollation::oid[])[0:i.indnkeyatts - 1]) with ordinality as k(coll, i)
          left join pg_collation col on col.oid = k.coll
          left join pg_namespace cs on cs.oid = col.collnamespace) as keys
  from pg_index i
  join pg_class x on x.oid = i.indexrelid
  join pg_class t on t.oid = i.indrelid
  join pg_am am on am.oid = x.relam
  join pg_namespace n on n.oid = t.relnamespace
  where i.indisunique and x.relkind = 'i' and am.amname = 'btree' and t.relpersistence <> 't'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and (t.relkind = 'r' or (t.relkind = 'm' and t.relispopulated))
  order by n.nspname, x.relname`;

const EXCLUSION = `
  select exists (select from pg_constraint c where c.contype = 'x'
                 or (c.contype in ('p', 'u', 'f') and coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false))) as there`;

/** Whether what a unique index promises is true of the rows themselves, read without any index (failure mode P11). */
export async function examineDuplicates(asker: Asker, tally: Tally): Promise<void> {
  const rows = await asker.rows(UNIQUE);
  if (rows.some(row => !trueIn(row, 'usual'))) tally.limit('own-operators');
  if (trueIn((await asker.rows(EXCLUSION))[0], 'there')) tally.limit('exclusion-constraints');
  const usual = rows.filter(row => trueIn(row, 'usual'));
  const indexes = tally.chosen('constraints', usual, row => tally.toExamine.promises([numberIn(row, 'id')])).map(uniqueOf);
  const settings = { enable_indexscan: 'off', enable_indexonlyscan: 'off', enable_bitmapscan: 'off' };
  const { answered, refused } = await askAll(indexes, 10, batch => {
    const each = batch.map((index, i) => `select ${i} as i, (${duplicates(index)}) as n`);
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`, { settings });
  });
  let sound = 0;
  for (const [index, row] of answered) {
    if (row['n'] === 0) sound += 1;
    else tally.note('integrity.duplicates', 'failed', { object: index.object, unit: 'keys', expected: 0, observed: Number(row['n']) });
  }
  for (const [index, refusal] of refused) tally.notExamined('integrity.constraint-not-checked', index.object, refusal);
  tally.count('constraints', sound, indexes.length);
}

function duplicates(index: Unique): string {
  const keys = index.keys.map(
    ({ expression, collation }, i) => `(${expression})${collation === null ? '' : ` collate ${collation}`} as k${i}`,
  );
  const names = index.keys.map((_, i) => `d.k${i}`);
  const where = index.predicate === '' ? '' : ` where ${index.predicate}`;
  const known = index.nullsEqual ? '' : ` where ${names.map(name => `${name} is not null`).join(' and ')}`;
  const rows = `select ${keys.join(', ')} from only ${index.table}${where}`;
  return `select count(*) from (select from (${rows}) d${known} group by ${names.join(', ')} having count(*) operator(pg_catalog.>) 1) e`;
}

function uniqueOf(row: Readonly<Record<string, unknown>>): Unique {
  return {
    object: `${textIn(row, 'schema')}.${textIn(row, 'table')}.${textIn(row, 'name')}`,
    table: quoteQualified(textIn(row, 'schema'), textIn(row, 'table')),
    predicate: textIn(row, 'predicate'),
    nullsEqual: trueIn(row, 'nulls_equal'),
    keys: JSON.parse(textIn(row, 'keys') || '[]') as Unique['keys'],
  };
}
