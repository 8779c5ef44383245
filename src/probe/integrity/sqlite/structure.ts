import { askAll, textIn, type SqliteAsker } from '../../asker.ts';
import { refusalOf, type Refusal } from '../../refusal.ts';
import { quoteText } from '../../sql-name.ts';
import type { Tally } from '../tally.ts';

const THINGS = `select name, type, tbl_name as "table" from sqlite_schema where type in ('table', 'index') and rootpage > 0 order by name`;
const MOST = 1_000;

/** Every page of the file, every row of its tables against their indexes and promises, as SQLite itself checks them. */
export async function examineStructure(asker: SqliteAsker, tally: Tally): Promise<void> {
  const things = await asker.rows(THINGS);
  const tables = things.filter(row => row['type'] === 'table').map(row => textIn(row, 'name'));
  const indexes = things.filter(row => row['type'] === 'index').map(row => textIn(row, 'name'));
  const check = tally.full ? 'integrity_check' : 'quick_check';
  const whole = await saidBy(asker, `select ${check} as said from pragma_${check}(${MOST})`);
  if (isFine(whole)) {
    tally.count('tables', tables.length, tables.length);
    tally.count('indexes', indexes.length, indexes.length);
    return;
  }
  const broken = await blame(asker, tally, { tables, indexes, check });
  tally.count('tables', tables.length - broken, tables.length);
  // What is wrong belongs to no table: pages that nothing uses, or that two things use.
  if (broken === 0) tally.note('integrity.structure-broken', 'failed', { unit: 'places', expected: 0, observed: whole.length });
}

interface Blaming {
  readonly tables: readonly string[];
  readonly indexes: readonly string[];
  readonly check: string;
}

/** Table by table, to say which it is. Gives how many are broken. */
async function blame(asker: SqliteAsker, tally: Tally, { tables, indexes, check }: Blaming): Promise<number> {
  const names = new Set(indexes);
  const { answered, refused } = await askAll(tables, 1, async ([table = '']) => {
    const rows = await asker.checked(`select ${check} as said from pragma_${check}(${quoteText(table)})`);
    return [rows.map(row => textIn(row, 'said'))];
  });
  for (const [table, refusal] of refused) noteRefused(tally, table, refusal);
  const bad = answered.filter(([, said]) => !isFine(said));
  for (const [table, said] of bad) noteSaid(tally, { table, said, names });
  return refused.length + bad.length;
}

function noteRefused(tally: Tally, object: string, { meaning, observed }: Refusal): void {
  if (meaning === 'unable') tally.note('integrity.no-answer', 'inconclusive', { object, observed });
  else tally.note('integrity.table-unreadable', 'failed', { object, observed });
}

const ABOUT_INDEX =
  /^(?:row \d+ missing from|wrong # of entries in|row \d+ values differ from|rowid not at end-of-record for row \d+ of) index (.+)$/;
const DUPLICATE = /^non-unique entry in index (.+)$/;
const BROKEN_RULE = /^(?:(?:NULL|NUMERIC|TEXT|non-\w+) value in |CHECK constraint failed in )/;

/** Its words are told apart and never kept; the names in them only if the schema has them. */
function noteSaid(tally: Tally, { table, said, names }: { table: string; said: readonly string[]; names: ReadonlySet<string> }): void {
  const texts = said.flatMap(text => text.split('\n')).filter(text => !text.startsWith('***'));
  const about = (pattern: RegExp): ReadonlyMap<string, number> => {
    const found = new Map<string, number>();
    for (const text of texts) {
      const name = pattern.exec(text)?.[1] ?? '';
      if (names.has(name)) found.set(name, (found.get(name) ?? 0) + 1);
    }
    return found;
  };
  const indexes = about(ABOUT_INDEX);
  const doubles = about(DUPLICATE);
  const rules = texts.filter(text => BROKEN_RULE.test(text)).length;
  for (const object of indexes.keys()) tally.note('integrity.index-corrupt', 'failed', { object });
  for (const [object, observed] of doubles) tally.note('integrity.duplicates', 'failed', { object, unit: 'keys', expected: 0, observed });
  if (rules > 0) tally.note('integrity.check-violated', 'failed', { object: table, unit: 'rows', expected: 0, observed: rules });
  const told = [...indexes.values(), ...doubles.values()].reduce((sum, count) => sum + count, rules);
  if (told < texts.length) tally.note('integrity.table-unreadable', 'failed', { object: table });
}

async function saidBy(asker: SqliteAsker, text: string): Promise<readonly string[]> {
  try {
    return (await asker.checked(text)).map(row => textIn(row, 'said'));
  } catch (error) {
    const { meaning } = refusalOf(error);
    // It gives up in the middle of what is too damaged; which table that is will be asked next.
    if (meaning !== 'damaged') throw error;
    return [meaning];
  }
}

function isFine(said: readonly string[]): boolean {
  return said.length === 1 && said[0] === 'ok';
}
