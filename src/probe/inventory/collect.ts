import { numberIn, textIn, trueIn, type Reader, type Row } from '../asker.ts';
import { quoteQualified } from '../sql-name.ts';
import { sealFacts, type InventoryFacts } from './facts.ts';
import { countEach, gatherObjects, type Token } from './gather.ts';
import { OBJECTS } from './objects-sql.ts';
import { collectGrants, collectOwners, collectSettings } from './roles.ts';
import { collectBehind } from './sequence.ts';

export interface Collecting {
  readonly asker: Reader;
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
    objects: await gatherObjects({ ...collecting, questions: OBJECTS }),
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

/** What an index says of the number of rows may be wrong. Foreign tables are elsewhere and are never touched. */
function countRows(asker: Reader, tables: readonly Row[]): Promise<Record<string, number>> {
  const counted = tables.filter(row => textIn(row, 'kind') === 'r' || (textIn(row, 'kind') === 'm' && trueIn(row, 'filled')));
  return countEach(
    asker,
    counted.map(row => ({ object: shown(row), from: `only ${quoteQualified(textIn(row, 'schema'), textIn(row, 'name'))}` })),
    { enable_indexscan: 'off', enable_indexonlyscan: 'off' },
  );
}

function shown(row: Row): string {
  return `${textIn(row, 'schema')}.${textIn(row, 'name')}`;
}
