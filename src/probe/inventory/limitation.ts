import { askAll, numberIn, textIn, type Reader } from '../asker.ts';
import type { Question } from '../probe.ts';
import { quoteName, quoteQualified } from '../sql-name.ts';
import type { Noted } from './compare-objects.ts';
import { readFacts, type InventoryFacts } from './facts.ts';

const NO_BASELINE = 'There is no earlier accepted drill of this component to compare with.';
const OTHER_MAJOR = 'The last accepted drill ran on another major version of the server, so definitions were not compared.';
const NO_GRANTS = 'The restored database names no owner but one and no grants, so whether applications may use it was not shown.';
const ELSEWHERE = 'Foreign tables were not read: what they show is in another system.';

/** What this look at the inventory could not cover. */
export function limitations(question: Question, now: InventoryFacts): readonly string[] {
  const before = readFacts(question.baseline);
  const held = Object.keys(now.tables).some(name => now.rows[name] === undefined && now.objects['foreign server'] !== undefined);
  const said: string[] = [];
  if (before === undefined) said.push(NO_BASELINE);
  else if (before.major !== now.major) said.push(OTHER_MAJOR);
  if (Object.keys(now.grants).length === 0 && new Set(Object.values(now.owners)).size <= 1) said.push(NO_GRANTS);
  if (held && Object.keys(now.objects['foreign server'] ?? {}).length > 0) said.push(ELSEWHERE);
  return said;
}

// The type `lo` (extension lo) is made for nothing but references to large objects; a bare `oid` may be anything.
const TYPED = `
  select n.nspname as schema, c.relname as "table", a.attname as name
  from pg_attribute a join pg_type y on y.oid = a.atttypid join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_depend d on d.classid = 'pg_type'::regclass and d.objid = y.oid and d.deptype = 'e' and d.refclassid = 'pg_extension'::regclass
  join pg_extension e on e.oid = d.refobjid and e.extname = 'lo'
  where y.typname = 'lo' and c.relkind = 'r' and c.relpersistence <> 't' and a.attnum > 0 and not a.attisdropped
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** References to large objects that are not there (failure mode P05), seen without any earlier drill. */
export async function missingTypedLargeObjects(asker: Reader, now: InventoryFacts): Promise<readonly Noted[]> {
  const columns = await asker.rows(TYPED);
  const { answered } = await askAll(columns, 20, batch => {
    const each = batch.map((row, i) => {
      const column = `t.${quoteName(textIn(row, 'name'))}::oid`;
      const absent = `not exists (select from pg_largeobject_metadata m where m.oid = ${column})`;
      return `select ${i} as i, count(*) filter (where ${absent}) as gone, count(*) as n
              from only ${quoteQualified(textIn(row, 'schema'), textIn(row, 'table'))} t where ${column} <> 0`;
    });
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`);
  });
  const gone = answered.reduce((sum, [, row]) => sum + (numberIn(row, 'gone') ?? 0), 0);
  const referred = answered.reduce((sum, [, row]) => sum + (numberIn(row, 'n') ?? 0), 0);
  if (gone === 0 || now.largeObjects.count >= referred) return [];
  return [
    {
      code: 'inventory.large-objects-missing',
      outcome: 'failed',
      facts: { unit: 'large objects', expected: referred, observed: referred - gone },
    },
  ];
}
