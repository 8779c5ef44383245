import { askAll, textIn, trueIn, type Reader } from '../asker.ts';
import { NotCounted } from './not-counted.ts';
import { quoteName, quoteQualified } from '../sql-name.ts';

interface Generator {
  readonly object: string;
  readonly sequence: string;
  readonly table: string;
  readonly column: string;
  readonly rising: boolean;
  readonly alone: boolean;
}

// Sequences that feed a whole-number column which is part of a unique key: by ownership, identity, or a default that draws from them.
const GENERATORS = `
  select sn.nspname as schema, s.relname as name, tn.nspname as table_schema, t.relname as table_name, a.attname as column_name,
         q.seqincrement > 0 as rising,
         exists (select from pg_index i where i.indrelid = t.oid and i.indisunique and i.indnkeyatts = 1 and i.indkey[0] = a.attnum
                 and i.indpred is null) as alone
  from pg_sequence q
  join pg_class s on s.oid = q.seqrelid
  join pg_namespace sn on sn.oid = s.relnamespace
  join lateral (
    select d.refobjid as relation, d.refobjsubid as attnum from pg_depend d
    where d.classid = 'pg_class'::regclass and d.objid = s.oid and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
    union
    select ad.adrelid, ad.adnum::int from pg_depend d join pg_attrdef ad on d.classid = 'pg_attrdef'::regclass and d.objid = ad.oid
    where d.refclassid = 'pg_class'::regclass and d.refobjid = s.oid) u on true
  join pg_class t on t.oid = u.relation and t.relkind in ('r', 'p')
  join pg_namespace tn on tn.oid = t.relnamespace
  join pg_attribute a on a.attrelid = t.oid and a.attnum = u.attnum and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
  where not q.seqcycle and s.relpersistence <> 't' and not t.relispartition
    and exists (select from pg_index i where i.indrelid = t.oid and i.indisunique and a.attnum = any (i.indkey::int2[]))
  order by 1, 2`;

/**
 * Sequences that are behind their column: the number that they give next is in use, or they were never used although the column holds
 * numbers from there on. A single large number far ahead (a placeholder row) is no alarm.
 */
export async function collectBehind(asker: Reader): Promise<string[]> {
  const generators = (await asker.rows(GENERATORS)).map(row => ({
    object: `${textIn(row, 'schema')}.${textIn(row, 'name')}`,
    sequence: quoteQualified(textIn(row, 'schema'), textIn(row, 'name')),
    table: quoteQualified(textIn(row, 'table_schema'), textIn(row, 'table_name')),
    column: quoteName(textIn(row, 'column_name')),
    rising: trueIn(row, 'rising'),
    alone: trueIn(row, 'alone'),
  }));
  const { answered, refused } = await askAll(generators, 20, batch => {
    const each = batch.map((generator, i) => `select ${i} as i, (${behind(generator)}) as behind`);
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`);
  });
  const [first] = refused;
  if (first !== undefined) throw new NotCounted(first[0].object, first[1].observed);
  return [...new Set(answered.filter(([, row]) => trueIn(row, 'behind')).map(([generator]) => generator.object))].sort();
}

function behind({ sequence, table, column, rising, alone }: Generator): string {
  const edge = rising
    ? `(select max(v.${column}) from ${table} v) >= s.last_value`
    : `(select min(v.${column}) from ${table} v) <= s.last_value`;
  // One that has given its last number gives no other; the bounds keep the cast from failing.
  const next = `case when s.is_called then s.last_value::numeric + q.seqincrement else s.last_value end`;
  const bounded = `least(greatest(x.next, q.seqmin), q.seqmax)::int8`;
  const taken = alone ? `or (x.next between q.seqmin and q.seqmax and exists (select from ${table} v where v.${column} = ${bounded}))` : '';
  return `select (not s.is_called and coalesce(${edge}, false)) ${taken}
          from ${sequence} s join pg_sequence q on q.seqrelid = s.tableoid cross join lateral (select ${next} as next) x`;
}
