import { askAll, numberIn, textIn, trueIn, type Asker } from '../asker.ts';
import { quoteQualified } from '../sql-name.ts';
import type { Amcheck } from './amcheck.ts';
import type { Tally } from './tally.ts';

interface Table {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly ours: boolean;
}

// Storage of its own: ordinary tables and partitions, filled materialised views. Foreign tables are elsewhere and are never touched.
const TABLES = `
  select c.oid::int8 as id, n.nspname as schema, c.relname as name,
         n.nspname !~ '^pg_' and n.nspname <> 'information_schema' as ours
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where (c.relkind = 'r' or (c.relkind = 'm' and c.relispopulated)) and c.relpersistence <> 't'
    and n.nspname !~ '^pg_(toast|temp)'
  order by n.nspname, c.relname`;

/** Every page of every table examined, every value of every row read (out-of-line ones too). */
export async function examineTables(asker: Asker, tally: Tally, amcheck: Amcheck | undefined): Promise<void> {
  const rows = await asker.rows(TABLES);
  const all = rows.map(row => ({
    id: numberIn(row, 'id') ?? 0,
    schema: textIn(row, 'schema'),
    name: textIn(row, 'name'),
    ours: trueIn(row, 'ours'),
  }));
  const ours = all.filter(table => table.ours);
  const must = ({ id }: Table): boolean => tally.toExamine.storage(id);
  const bad = new Set<number>();
  if (amcheck?.heap === true) await examinePages(asker, tally, { amcheck, tables: (tally.full ? all : ours).filter(must), bad });
  else tally.limit(amcheck === undefined ? 'heap-not-verified' : 'no-verify-heapam');
  await readRows(asker, tally, { tables: ours.filter(must), bad });
  tally.count('tables', ours.filter(table => !bad.has(table.id)).length, ours.length);
}

interface Reading {
  readonly tables: readonly Table[];
  /** Grows: tables that were found damaged. */
  readonly bad: Set<number>;
}

async function examinePages(asker: Asker, tally: Tally, reading: Reading & { readonly amcheck: Amcheck }): Promise<void> {
  const { tables, bad, amcheck } = reading;
  const text = `
    select t.i, (select count(*) from ${amcheck.schema}.verify_heapam(t.id::regclass, false, ${String(tally.full)}, 'none')) as damages
    from unnest($1::oid[]) with ordinality as t(id, i) order by t.i`;
  const { answered, refused } = await askAll(tables, 40, async batch => {
    const rows = await asker.rows(text, { values: [batch.map(table => table.id)] });
    return rows.map(row => numberIn(row, 'damages') ?? 0);
  });
  for (const [table, damages] of answered) if (damages > 0) unreadable(tally, table, { bad, observed: damages });
  for (const [table, refusal] of refused) {
    if (refusal.meaning === 'unable')
      tally.note('integrity.no-answer', 'inconclusive', { object: shown(table), observed: refusal.observed });
    else unreadable(tally, table, { bad, observed: refusal.observed });
  }
}

/** `quick` counts rows, `full` turns each whole row into text, which unpacks every value of it. */
async function readRows(asker: Asker, tally: Tally, { tables, bad }: Reading): Promise<void> {
  const whole = tally.full ? 't.*::text' : '*';
  const { refused } = await askAll(
    tables.filter(table => !bad.has(table.id)),
    25,
    batch => {
      const each = batch.map(
        (table, i) => `select ${i} as i, count(${whole}) as n from only ${quoteQualified(table.schema, table.name)} as t`,
      );
      return asker.rows(`${each.join('\nunion all\n')}\norder by i`);
    },
  );
  for (const [table, refusal] of refused) {
    if (refusal.meaning === 'damaged') unreadable(tally, table, { bad, observed: refusal.observed });
    else {
      bad.add(table.id);
      tally.note('integrity.no-answer', 'inconclusive', { object: shown(table), observed: refusal.observed });
    }
  }
}

function unreadable(
  tally: Tally,
  table: Table,
  { bad, observed }: { readonly bad: Set<number>; readonly observed: number | string },
): void {
  bad.add(table.id);
  tally.note('integrity.table-unreadable', 'failed', { object: shown(table), observed });
}

function shown(table: Table): string {
  return `${table.schema}.${table.name}`;
}
