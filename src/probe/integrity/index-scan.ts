import { askAll, numberIn, textIn, trueIn, type Asker } from '../asker.ts';
import { movedCollations } from '../collation.ts';
import type { Amcheck } from './amcheck.ts';
import type { Tally } from './tally.ts';

interface Index {
  readonly id: number;
  readonly schema: string;
  readonly name: string;
  readonly computed: boolean;
  /** Of the backup's own tables; the others are the server's. */
  readonly counted: boolean;
}

const INDEXES = `
  select x.oid::int8 as id, n.nspname as schema, x.relname as name, am.amname as kind,
         i.indexprs is not null or i.indpred is not null as computed,
         i.indisvalid and i.indisready and i.indislive as sound, i.indisunique as uniq, x.relkind = 'I' as partitioned,
         t.relpersistence = 't' as temporary,
         n.nspname !~ '^pg_' and n.nspname <> 'information_schema' as ours,
         exists (select from pg_class o join pg_namespace s on s.oid = o.relnamespace
                 where o.reltoastrelid = t.oid and s.nspname !~ '^pg_' and s.nspname <> 'information_schema') as toast
  from pg_index i
  join pg_class x on x.oid = i.indexrelid
  join pg_class t on t.oid = i.indrelid
  join pg_am am on am.oid = x.relam
  join pg_namespace n on n.oid = x.relnamespace
  where n.nspname !~ '^pg_temp' and (t.relkind <> 'm' or t.relispopulated)
  order by n.nspname, x.relname`;

/** Every B-tree against its own order and, when full, against every row of its table. */
export async function examineIndexes(asker: Asker, tally: Tally, amcheck: Amcheck | undefined): Promise<void> {
  const rows = (await asker.rows(INDEXES)).filter(row => !trueIn(row, 'temporary'));
  for (const row of rows) if (trueIn(row, 'ours') && !trueIn(row, 'sound')) noteInvalid(tally, row);
  const stored = rows.filter(row => trueIn(row, 'sound') && !trueIn(row, 'partitioned'));
  if (stored.some(row => trueIn(row, 'ours') && textIn(row, 'kind') !== 'btree')) tally.limit('other-index-kinds');
  const trees = stored.filter(row => textIn(row, 'kind') === 'btree');
  const chosen = tally.full ? trees : trees.filter(row => trueIn(row, 'ours') || trueIn(row, 'toast'));
  if (amcheck === undefined) {
    if (tally.full && trees.some(row => trueIn(row, 'ours'))) tally.note('integrity.amcheck-missing', 'inconclusive');
    return;
  }
  const indexes = chosen.map(row => ({
    id: numberIn(row, 'id') ?? 0,
    schema: textIn(row, 'schema'),
    name: textIn(row, 'name'),
    computed: trueIn(row, 'computed'),
    counted: trueIn(row, 'ours') || trueIn(row, 'toast'),
  }));
  const must = indexes.filter(index => tally.toExamine.storage(index.id));
  const spared = indexes.filter(index => index.counted && !must.includes(index)).length;
  tally.count('indexes', spared, spared);
  await compare(asker, tally, { amcheck, indexes: must });
}

/** Every function and type is named with its schema and no operator is used: expressions of indexes run under this question. */
async function compare(
  asker: Asker,
  tally: Tally,
  { amcheck, indexes }: { readonly amcheck: Amcheck; readonly indexes: readonly Index[] },
): Promise<void> {
  const call = tally.full ? `bt_index_parent_check(t.id::pg_catalog.regclass, true)` : `bt_index_check(t.id::pg_catalog.regclass)`;
  const text = `select t.i, ${amcheck.schema}.${call}::pg_catalog.text as done from pg_catalog.unnest($1::pg_catalog.oid[]) with ordinality as t(id, i)`;
  const { answered, refused } = await askAll(indexes, 40, batch => asker.rows(text, { values: [batch.map(index => index.id)] }));
  const disordered = refused.filter(([, { observed }]) => observed === DISORDERED).map(([index]) => index);
  const elsewhere = disordered.length === 0 ? new Set<number>() : await sortedElsewhere(asker, tally.major, disordered);
  for (const [index, refusal] of refused) {
    const object = `${index.schema}.${index.name}`;
    if (elsewhere.has(index.id)) {
      tally.note('integrity.index-sorted-elsewhere', 'inconclusive', { object, observed: refusal.observed });
      continue;
    }
    // An index over an expression runs functions of the backup: their errors say nothing about what is stored.
    if (refusal.meaning === 'damaged') tally.note('integrity.index-corrupt', 'failed', { object, observed: refusal.observed });
    else tally.notExamined('integrity.index-not-checked', object, index.computed ? refusal : { ...refusal, meaning: 'unable' });
  }
  tally.count('indexes', answered.filter(([index]) => index.counted).length, indexes.filter(index => index.counted).length);
}

/** The server's word for an index that contradicts itself; damaged pages, and rows that are missing from it, have others. */
const DISORDERED = 'XX002';

/**
 * Those whose text is sorted by an order that is of another version here. Such an index is in disorder on this machine alone, or in the source
 * too, and from here nobody can tell.
 */
async function sortedElsewhere(asker: Asker, major: number, indexes: readonly Index[]): Promise<ReadonlySet<number>> {
  const moved = await movedCollations(asker, major);
  const text = `select indexrelid::int8 as id from pg_index where indexrelid = any($1::oid[]) and indcollation::oid[] && $2::oid[]`;
  const rows = await asker.rows(text, { values: [indexes.map(index => index.id), moved.map(collation => collation.id)] });
  return new Set(rows.map(row => numberIn(row, 'id') ?? 0));
}

/** A unique index out of order lets duplicates in; any other is only slow, and may be so in the source too. */
function noteInvalid(tally: Tally, row: Readonly<Record<string, unknown>>): void {
  const required = trueIn(row, 'uniq') && !trueIn(row, 'partitioned');
  tally.note('integrity.index-invalid', 'failed', {
    object: `${textIn(row, 'schema')}.${textIn(row, 'name')}`,
    expected: true,
    observed: false,
    ...(required ? {} : { required: false }),
  });
}
