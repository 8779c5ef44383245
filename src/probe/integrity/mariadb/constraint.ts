import { SYSTEM_SCHEMAS } from '../../../system/maria-schemas.ts';
import { askAll, numberIn, textIn, type Asker, type Row } from '../../asker.ts';
import { quoteName, quoteQualified } from '../../sql-name.ts';
import type { Tally } from '../tally.ts';

const OURS = `not in ${SYSTEM_SCHEMAS}`;

const FOREIGN_KEYS = `
  select k.table_schema as "schema", k.table_name as "table", k.constraint_name as name,
         k.referenced_table_schema as parent_schema, k.referenced_table_name as parent_table, k.column_name as child, k.referenced_column_name as parent
  from information_schema.key_column_usage k
  where k.table_schema ${OURS} and k.referenced_table_name is not null order by 1, 2, 3, k.ordinal_position`;

interface ForeignKey {
  readonly object: string;
  readonly child: string;
  readonly parent: string;
  readonly pairs: readonly { readonly child: string; readonly parent: string }[];
}

/** How many rows refer to something that is not there: a dump is restored with these rules switched off. */
export async function examineForeignKeys(asker: Asker, tally: Tally): Promise<void> {
  const keys = foreignKeysIn(await asker.rows(FOREIGN_KEYS));
  const { answered, refused } = await askAll(keys, 10, batch => {
    const each = batch.map((key, i) => `select ${i} as i, (${orphans(key)}) as n`);
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`);
  });
  let sound = 0;
  for (const [key, row] of answered) {
    const observed = numberIn(row, 'n');
    if (observed === 0) sound += 1;
    else
      tally.note('integrity.foreign-key-broken', 'failed', { object: key.object, unit: 'rows', expected: 0, observed: observed ?? null });
  }
  for (const [key, refusal] of refused) tally.notExamined('integrity.constraint-not-checked', key.object, refusal);
  tally.count('constraints', sound, keys.length);
}

function foreignKeysIn(rows: readonly Row[]): readonly ForeignKey[] {
  const keys = new Map<string, ForeignKey>();
  for (const row of rows) {
    const object = `${textIn(row, 'schema')}.${textIn(row, 'table')}.${textIn(row, 'name')}`;
    const pair = { child: quoteName(textIn(row, 'child')), parent: quoteName(textIn(row, 'parent')) };
    const child = quoteQualified(textIn(row, 'schema'), textIn(row, 'table'));
    const parent = quoteQualified(textIn(row, 'parent_schema'), textIn(row, 'parent_table'));
    keys.set(object, { object, child, parent, pairs: [...(keys.get(object)?.pairs ?? []), pair] });
  }
  return [...keys.values()];
}

function orphans({ child, parent, pairs }: ForeignKey): string {
  const there = pairs.map(pair => `p.${pair.parent} = c.${pair.child}`).join(' and ');
  const known = pairs.map(pair => `c.${pair.child} is not null`).join(' and ');
  return `select count(*) from ${child} c where ${known} and not exists (select 1 from ${parent} p where ${there})`;
}

const CHECKS = `
  select constraint_schema as "schema", table_name as "table", constraint_name as name, check_clause as clause
  from information_schema.check_constraints where constraint_schema ${OURS} order by 1, 2, 3`;

/** Whether every row obeys the checks of its table. The server prints them in its own way, with backslashes in texts. */
export async function examineConstraints(asker: Asker, tally: Tally): Promise<void> {
  const rules = (await asker.rows(CHECKS)).map(row => ({
    object: `${textIn(row, 'schema')}.${textIn(row, 'table')}.${textIn(row, 'name')}`,
    table: quoteQualified(textIn(row, 'schema'), textIn(row, 'table')),
    clause: textIn(row, 'clause'),
  }));
  const { answered, refused } = await askAll(rules, 20, batch => {
    const each = batch.map((rule, i) => `select ${i} as i, (select count(*) from ${rule.table} where not (${rule.clause})) as n`);
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`, { settings: { sql_mode: 'ANSI_QUOTES' } });
  });
  let sound = 0;
  for (const [rule, row] of answered) {
    const observed = numberIn(row, 'n');
    if (observed === 0) sound += 1;
    else tally.note('integrity.check-violated', 'failed', { object: rule.object, unit: 'rows', expected: 0, observed: observed ?? null });
  }
  for (const [rule, refusal] of refused) tally.notExamined('integrity.constraint-not-checked', rule.object, refusal);
  tally.count('constraints', sound, rules.length);
}
