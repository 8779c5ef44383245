import { askAll, numberIn, textIn, type Asker, type Row } from '../asker.ts';
import { quoteName, quoteQualified } from '../sql-name.ts';
import type { Tally } from './tally.ts';

/** One pair of columns of a foreign key with the operator that compares them. */
interface Pair {
  readonly child: string;
  readonly parent: string;
  readonly operator: string;
  readonly operatorSchema: string;
  /** Types that the operator takes, for casts; `null`: any. */
  readonly parentType: string | null;
  readonly childType: string | null;
  readonly collation: string | null;
}

interface ForeignKey {
  readonly object: string;
  readonly child: string;
  readonly parent: string;
  readonly matchFull: boolean;
  readonly pairs: readonly Pair[];
}

// Keys that a partition inherits are tried with those of the whole table. Columns of later versions are read through JSON.
const FOREIGN_KEYS = `
  select c.conname as name, n.nspname as schema, t.relname as "table", t.relkind::text as kind, t.oid::int8 as child_id, r.oid::int8 as parent_id,
         rn.nspname as parent_schema, r.relname as parent_table, r.relkind::text as parent_kind, c.confmatchtype = 'f' as match_full,
         (select jsonb_agg(jsonb_build_object(
                   'child', a.attname, 'parent', b.attname, 'operator', o.oprname, 'operatorSchema', os.nspname,
                   'parentType', case when lt.typtype <> 'p' then format_type(lt.oid, null) end,
                   'childType', case when rt.typtype <> 'p' then format_type(rt.oid, null) end,
                   'collation', case when b.attcollation <> 0 and a.attcollation <> b.attcollation
                                     then quote_ident(cs.nspname) || '.' || quote_ident(col.collname) end) order by k.i)::text
          from unnest(c.conkey, c.confkey, c.conpfeqop) with ordinality as k(child, parent, op, i)
          join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.child
          join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.parent
          join pg_operator o on o.oid = k.op
          join pg_namespace os on os.oid = o.oprnamespace
          join pg_type lt on lt.oid = o.oprleft
          join pg_type rt on rt.oid = o.oprright
          left join pg_collation col on col.oid = b.attcollation
          left join pg_namespace cs on cs.oid = col.collnamespace) as pairs
  from pg_constraint c
  join pg_class t on t.oid = c.conrelid
  join pg_namespace n on n.oid = t.relnamespace
  join pg_class r on r.oid = c.confrelid
  join pg_namespace rn on rn.oid = r.relnamespace
  where c.contype = 'f' and c.conparentid = 0 and c.convalidated
    and coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) and not coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false)
    and t.relkind in ('r', 'p') and t.relpersistence <> 't'
  order by n.nspname, t.relname, c.conname`;

/** How many rows refer to something that is not there, for every foreign key, without using any index. */
export async function examineForeignKeys(asker: Asker, tally: Tally): Promise<void> {
  const there = await asker.rows(FOREIGN_KEYS);
  const must = (row: Row): boolean => tally.toExamine.promises([numberIn(row, 'child_id'), numberIn(row, 'parent_id')]);
  const keys = tally.chosen('constraints', there, must).map(foreignKeyOf);
  const { answered, refused } = await askAll(keys, 10, batch => {
    const each = batch.map((key, i) => `select ${i} as i, (${orphans(key)}) as n`);
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`, {
      settings: { enable_indexscan: 'off', enable_indexonlyscan: 'off', enable_bitmapscan: 'off' },
    });
  });
  let sound = 0;
  for (const [key, row] of answered) {
    if (row['n'] === 0) sound += 1;
    else
      tally.note('integrity.foreign-key-broken', 'failed', { object: key.object, unit: 'rows', expected: 0, observed: Number(row['n']) });
  }
  for (const [key, refusal] of refused) tally.notExamined('integrity.constraint-not-checked', key.object, refusal);
  tally.count('constraints', sound, keys.length);
}

/** A row with a null refers to nothing (MATCH SIMPLE); under MATCH FULL a partly null one is broken. */
function orphans(key: ForeignKey): string {
  const columns = key.pairs.map(pair => `c.${quoteName(pair.child)}`);
  const equal = key.pairs.map(pair => {
    const collate = pair.collation === null ? '' : ` collate ${pair.collation}`;
    const cast = (type: string | null): string => (type === null ? '' : `::${type}`);
    const operator = `operator(${quoteName(pair.operatorSchema)}.${pair.operator})`;
    return `(p.${quoteName(pair.parent)}${collate})${cast(pair.parentType)} ${operator} c.${quoteName(pair.child)}${cast(pair.childType)}`;
  });
  const present = columns.map(column => `${column} is not null`).join(' and ');
  const missing = `(${present} and not exists (select from ${key.parent} p where ${equal.join(' and ')}))`;
  const partly = `(not (${present}) and (${columns.map(column => `${column} is not null`).join(' or ')}))`;
  return `select count(*) from ${key.child} c where ${key.matchFull ? `${missing} or ${partly}` : missing}`;
}

function foreignKeyOf(row: Readonly<Record<string, unknown>>): ForeignKey {
  const only = (kind: string, table: string): string => (kind === 'p' ? table : `only ${table}`);
  return {
    object: `${textIn(row, 'schema')}.${textIn(row, 'table')}.${textIn(row, 'name')}`,
    child: only(textIn(row, 'kind'), quoteQualified(textIn(row, 'schema'), textIn(row, 'table'))),
    parent: only(textIn(row, 'parent_kind'), quoteQualified(textIn(row, 'parent_schema'), textIn(row, 'parent_table'))),
    matchFull: row['match_full'] === true,
    pairs: JSON.parse(textIn(row, 'pairs') || '[]') as readonly Pair[],
  };
}
