import { askAll, numberIn, textIn, type Asker, type Row } from '../asker.ts';
import { quoteName, quoteQualified } from '../sql-name.ts';
import type { Tally } from './tally.ts';

interface Rule {
  readonly object: string;
  readonly table: string;
  readonly expression: string;
}

// Every table holds its own copy of what it inherits, so that each is tried alone.
const CHECKS = `
  select t.oid::int8 as id, n.nspname as schema, t.relname as "table", c.conname as name, pg_get_expr(c.conbin, c.conrelid) as expression
  from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
  where c.contype = 'c' and c.convalidated and coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true)
    and t.relkind = 'r' and t.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  order by n.nspname, t.relname, c.conname`;

const NOT_VALID = `
  select count(*) as n from pg_constraint c join pg_namespace n on n.oid = c.connamespace
  where c.contype in ('c', 'f') and not c.convalidated and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

const DOMAIN_COLUMNS = `
  select t.oid::int8 as id, n.nspname as schema, t.relname as "table", a.attname as name, format_type(a.atttypid, a.atttypmod) as domain,
         format_type(y.typbasetype, y.typtypmod) as base
  from pg_attribute a join pg_type y on y.oid = a.atttypid and y.typtype = 'd'
  join pg_class t on t.oid = a.attrelid join pg_namespace n on n.oid = t.relnamespace
  where a.attnum > 0 and not a.attisdropped and t.relkind = 'r' and t.relpersistence <> 't'
    and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    and (y.typnotnull or exists (select from pg_constraint c where c.contypid = y.oid))
    and not exists (select from pg_constraint c where c.contypid = y.oid and not c.convalidated)
  order by n.nspname, t.relname, a.attnum`;

/** Whether every row obeys the checks of its table and the domains of its columns. */
export async function examineChecks(asker: Asker, tally: Tally): Promise<void> {
  await examineRules(asker, tally);
  await examineDomains(asker, tally);
  const unvalidated = numberIn((await asker.rows(NOT_VALID))[0], 'n') ?? 0;
  if (unvalidated > 0) tally.note('integrity.constraint-not-valid', 'skipped', { unit: 'rules', observed: unvalidated, required: false });
}

async function examineRules(asker: Asker, tally: Tally): Promise<void> {
  const rules = tally.chosen('constraints', await asker.rows(CHECKS), mustBe(tally)).map(ruleOf);
  const { answered, refused } = await askAll(rules, 20, batch => {
    const each = batch.map((rule, i) => `select ${i} as i, (select count(*) from only ${rule.table} where not (${rule.expression})) as n`);
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`);
  });
  let sound = 0;
  for (const [rule, row] of answered) {
    if (row['n'] === 0) sound += 1;
    else tally.note('integrity.check-violated', 'failed', { object: rule.object, unit: 'rows', expected: 0, observed: Number(row['n']) });
  }
  for (const [rule, refusal] of refused) tally.notExamined('integrity.constraint-not-checked', rule.object, refusal);
  tally.count('constraints', sound, rules.length);
}

/** A value goes through its base type into the domain again: a domain refuses what breaks its rules, with class 23. */
async function examineDomains(asker: Asker, tally: Tally): Promise<void> {
  const columns = tally.chosen('constraints', await asker.rows(DOMAIN_COLUMNS), mustBe(tally)).map(row => ({
    object: `${textIn(row, 'schema')}.${textIn(row, 'table')}.${textIn(row, 'name')}`,
    table: quoteQualified(textIn(row, 'schema'), textIn(row, 'table')),
    cast: `(t.${quoteName(textIn(row, 'name'))}::${textIn(row, 'base')})::${textIn(row, 'domain')}`,
  }));
  const { answered, refused } = await askAll(columns, 20, batch => {
    const each = batch.map((column, i) => `select ${i} as i, (select count(${column.cast}) from only ${column.table} as t) as n`);
    return asker.rows(`${each.join('\nunion all\n')}\norder by i`);
  });
  for (const [column, refusal] of refused) {
    if (refusal.observed.startsWith('23'))
      tally.note('integrity.check-violated', 'failed', { object: column.object, unit: 'rows', expected: 0, observed: 'some' });
    else tally.notExamined('integrity.constraint-not-checked', column.object, refusal);
  }
  tally.count('constraints', answered.length, columns.length);
}

function mustBe({ toExamine }: Tally): (row: Row) => boolean {
  return row => toExamine.promises([numberIn(row, 'id')]);
}

function ruleOf(row: Readonly<Record<string, unknown>>): Rule {
  return {
    object: `${textIn(row, 'schema')}.${textIn(row, 'table')}.${textIn(row, 'name')}`,
    table: quoteQualified(textIn(row, 'schema'), textIn(row, 'table')),
    expression: textIn(row, 'expression'),
  };
}
