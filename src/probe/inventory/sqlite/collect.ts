import { textIn, type Row } from '../../asker.ts';
import type { Noted } from '../../noted.ts';
import type { Question } from '../../probe.ts';
import { refusalOf } from '../../refusal.ts';
import { quoteName } from '../../sql-name.ts';
import type { Collecting } from '../collect.ts';
import { readFacts, sealFacts, thingsOf, type InventoryFacts } from '../facts.ts';
import { countEach, gatherObjects } from '../gather.ts';
import type { Kind } from '../kinds.ts';
import type { Looking } from '../mariadb/judge.ts';

/** SQLite keeps the statements themselves; what belongs to its own use is left out. */
const OF_KIND = (type: string): string => `
  select name, nullif(tbl_name, name) as parent, sql as definition
  from sqlite_schema where type = '${type}' and name not like 'sqlite\\_%' escape '\\'`;

const OBJECTS: Readonly<Partial<Record<Kind, string>>> = {
  table: OF_KIND('table'),
  // Hidden columns of virtual tables are not the application's.
  column: `
  select m.name || '.' || c.name as name, m.name as parent, c.type || '|' || c."notnull" || '|' || ifnull(c.dflt_value, '') || '|' || c.pk as definition
  from sqlite_schema m, pragma_table_xinfo(m.name) c where m.type = 'table' and m.rootpage > 0 and m.name not like 'sqlite\\_%' escape '\\'`,
  index: OF_KIND('index'),
  view: OF_KIND('view'),
  trigger: OF_KIND('trigger'),
};

const TABLES = `select name from sqlite_schema where type = 'table' and name not like 'sqlite\\_%' escape '\\' order by name`;

/** Everything that a SQLite database holds, counted and named. Rejects with ServiceError when something of it cannot be asked. */
export async function collectSqlite({ asker, major, token }: Collecting): Promise<InventoryFacts> {
  const tables: readonly Row[] = await asker.rows(TABLES);
  const names = tables.map(row => textIn(row, 'name'));
  return sealFacts({
    major,
    objects: await gatherObjects({ asker, token, questions: OBJECTS }),
    rows: await countEach(
      asker,
      names.map(name => ({ object: name, from: quoteName(name) })),
    ),
    tables: Object.fromEntries(names.map(name => [name, null])),
    // It has neither accounts nor sequences that could fall behind: who may do what is a matter of the file.
    ...{ unlogged: [], filled: [], behind: [], owners: {}, grants: {}, settings: [], comments: 0 },
    largeObjects: { count: 0, bytes: 0 },
  });
}

/**
 * A view is only compiled when it is used; it is here, without being run. What it lacks may be a function that the application brings along:
 * that is only worth a note.
 */
export async function unusableViews({ asker, now, ignored }: Pick<Looking, 'asker' | 'now' | 'ignored'>): Promise<readonly Noted[]> {
  const noted: Noted[] = [];
  for (const object of Object.keys(thingsOf(now, 'view')).filter(name => !ignored(name))) {
    try {
      await asker.rows(`explain select * from ${quoteName(object)}`);
    } catch (error) {
      const { final, observed } = refusalOf(error);
      if (final) throw error;
      const required = observed === '42P01' || observed === '42703';
      noted.push({ code: 'inventory.view-unusable', outcome: 'failed', facts: { object, observed, required } });
    }
  }
  return noted;
}

const NO_BASELINE = 'There is no earlier accepted drill of this component to compare with.';

/** What this look at the inventory could not cover. */
export function limitationsOfSqlite(question: Question): readonly string[] {
  return readFacts(question.baseline) === undefined ? [NO_BASELINE] : [];
}
