import { askAll, numberIn, textIn, trueIn, type Asker, type Row } from '../asker.ts';
import { quoteQualified } from '../sql-name.ts';
import { sealFacts, type InventoryFacts } from './facts.ts';
import { NotCounted } from './not-counted.ts';
import type { Kind } from './kinds.ts';
import { OBJECTS } from './objects-sql.ts';
import { collectGrants, collectOwners, collectSettings } from './roles.ts';
import { collectBehind } from './sequence.ts';

/** Token of a text that must not be kept: the same text gives the same token. */
export type Token = (text: string) => string;

export interface Collecting {
  readonly asker: Asker;
  readonly major: number;
  readonly token: Token;
}

/** Everything that the database holds, counted and named. Rejects with ServiceError when something of it cannot be asked. */
export async function collect(collecting: Collecting): Promise<InventoryFacts> {
  const { asker, major } = collecting;
  const tables = await asker.rows(TABLES);
  const [largeObjects] = await asker.rows(LARGE_OBJECTS);
  const [comments] = await asker.rows(COMMENTS);
  return sealFacts({
    major,
    objects: await collectObjects(collecting),
    rows: await countRows(asker, tables),
    tables: Object.fromEntries(tables.map(row => [shown(row), row['root'] === null ? null : textIn(row, 'root')])),
    unlogged: tables.filter(row => textIn(row, 'persistence') === 'u').map(shown),
    filled: tables.filter(row => textIn(row, 'kind') === 'm' && trueIn(row, 'filled')).map(shown),
    behind: await collectBehind(asker),
    owners: await collectOwners(collecting),
    grants: await collectGrants(collecting),
    settings: await collectSettings(collecting),
    largeObjects: { count: numberIn(largeObjects, 'n') ?? 0, bytes: numberIn(largeObjects, 'bytes') ?? 0 },
    comments: numberIn(comments, 'n') ?? 0,
  });
}

const TABLES = `
  with recursive up as (
    select c.oid, c.oid as root from pg_class c where not c.relispartition
    union all select h.inhrelid, u.root from pg_inherits h join up u on u.oid = h.inhparent join pg_class c on c.oid = h.inhrelid and c.relispartition)
  select n.nspname as schema, c.relname as name, c.relkind::text as kind, c.relpersistence::text as persistence, c.relispopulated as filled,
         case when c.relispartition then (select rn.nspname || '.' || r.relname from up u join pg_class r on r.oid = u.root
                                          join pg_namespace rn on rn.oid = r.relnamespace where u.oid = c.oid) end as root
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f', 'm') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by n.nspname, c.relname`;

const LARGE_OBJECTS = `
  select (select count(*) from pg_largeobject_metadata) as n, (select coalesce(sum(octet_length(data)), 0) from pg_largeobject) as bytes`;

const COMMENTS = `
  select count(*) as n from pg_description d where d.objoid >= 16384
    and not exists (select from pg_depend e where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e')`;

async function collectObjects({ asker, token }: Collecting): Promise<InventoryFacts['objects']> {
  const objects: Partial<Record<Kind, Record<string, [string, string | null]>>> = {};
  for (const [kind, text] of Object.entries(OBJECTS) as [Kind, string][]) {
    const rows = await asker.rows(text);
    const things = rows.map(
      row => [textIn(row, 'name'), [token(textIn(row, 'definition')), row['parent'] === null ? null : textIn(row, 'parent')]] as const,
    );
    objects[kind] = Object.fromEntries(things) as Record<string, [string, string | null]>;
  }
  return objects;
}

/** Exact counts, from the tables themselves: what an index says may be wrong. Foreign tables are elsewhere and are never touched. */
async function countRows(asker: Asker, tables: readonly Row[]): Promise<Record<string, number>> {
  const counted = tables.filter(row => textIn(row, 'kind') === 'r' || (textIn(row, 'kind') === 'm' && trueIn(row, 'filled')));
  const { answered, refused } = await askAll(counted, 50, batch => {
    const each = batch.map(
      (row, i) => `select ${i} as i, count(*) as n from only ${quoteQualified(textIn(row, 'schema'), textIn(row, 'name'))}`,
    );
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`, { settings: { enable_indexscan: 'off', enable_indexonlyscan: 'off' } });
  });
  const [first] = refused;
  if (first !== undefined) throw new NotCounted(shown(first[0]), first[1].observed);
  return Object.fromEntries(answered.map(([table, row]) => [shown(table), numberIn(row, 'n') ?? 0]));
}

function shown(row: Row): string {
  return `${textIn(row, 'schema')}.${textIn(row, 'name')}`;
}
