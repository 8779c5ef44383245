import { textIn, type Asker, type Row } from '../../asker.ts';
import { refusalOf } from '../../refusal.ts';
import { quoteQualified } from '../../sql-name.ts';
import type { Tally } from '../tally.ts';

/** Tables of these engines are elsewhere and are never touched, or have nothing that could be checked. */
const TABLES = `
  select table_schema as "schema", table_name as name from information_schema.tables
  where table_type in ('BASE TABLE', 'SYSTEM VERSIONED') and table_schema not in ('sys', 'information_schema', 'performance_schema')
    and engine not in ('FEDERATED', 'CONNECT', 'SPIDER', 'S3', 'SPHINX', 'BLACKHOLE', 'MEMORY') or engine is null and table_type = 'BASE TABLE'
  order by 1, 2`;

/** InnoDB keeps names as they are in file names, the server as they are; what was made before 5.1 stands in both as it is. */
const asFile = (column: string): string =>
  `if(left(${column}, 9) = '#mysql50#', hex(substr(${column}, 10)), hex(convert(${column} using filename)))`;
const OF_SERVER = `select ${asFile('table_schema')} as "schema", ${asFile('table_name')} as name from information_schema.tables`;
const OF_INNODB = `select hex(name) as name from information_schema.innodb_sys_tables where name like '%/%'`;
/** Tables of its own for full-text indexes. */
const FULL_TEXT = /^FTS_[0-9a-f]{16}_/i;

/** A table all of whose files are gone is in no list of the server; InnoDB's own dictionary still has it. */
async function examineDictionary(asker: Asker, tally: Tally): Promise<void> {
  const plain = (row: Row, name: string): string => Buffer.from(textIn(row, name), 'hex').toString('utf8');
  const there = new Set((await asker.rows(OF_SERVER)).map(row => `${plain(row, 'schema')}/${plain(row, 'name')}`));
  // Behind the first # is the name of a partition; in front of it nothing, if an ALTER TABLE left it.
  const known = (await asker.rows(OF_INNODB)).map(row => plain(row, 'name').split('#')[0] ?? '');
  for (const table of new Set(known)) {
    const [schema = '', name = ''] = table.split('/');
    if (name === '' || FULL_TEXT.test(name) || there.has(table)) continue;
    tally.count('tables', 0, 1);
    tally.note('integrity.table-unreadable', 'failed', { object: `${readable(schema)}.${readable(name)}` });
  }
}

function readable(inFile: string): string {
  return inFile.replaceAll(/@([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** Every table with all its indexes by CHECK TABLE, and every value of every row by CHECKSUM TABLE, which reads them. */
export async function examineTables(asker: Asker, tally: Tally): Promise<void> {
  const tables = await asker.rows(TABLES);
  let sound = 0;
  for (const table of tables) if (await isSound(asker, tally, table)) sound += 1;
  tally.count('tables', sound, tables.length);
  await examineDictionary(asker, tally);
}

async function isSound(asker: Asker, tally: Tally, table: Row): Promise<boolean> {
  const name = quoteQualified(textIn(table, 'schema'), textIn(table, 'name'));
  const object = `${textIn(table, 'schema')}.${textIn(table, 'name')}`;
  try {
    // The thorough check compares row by row, and aborts the server over indexes whose mere counts already show that they are wrong.
    for (const how of tally.full ? ['quick', 'extended'] : ['quick']) {
      const trouble = troubleIn(await asker.rows(`check table ${name} ${how}`));
      if (trouble !== undefined) return note(tally, { object, trouble });
    }
    if (!tally.full) return true;
    const [summed] = await asker.rows(`checksum table ${name} extended`);
    return summed?.['Checksum'] === null ? note(tally, { object, trouble: 'unreadable' }) : true;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.final) throw error;
    if (refusal.meaning === 'unable') tally.note('integrity.no-answer', 'inconclusive', { object, observed: refusal.observed });
    else tally.note('integrity.table-unreadable', 'failed', { object, observed: refusal.observed });
    return false;
  }
}

/** Its texts are the server's own words about a table; they are told apart and never kept. */
function troubleIn(rows: readonly Row[]): 'index' | 'table' | undefined {
  const bad = rows.filter(row => !['status', 'note', 'info'].includes(textIn(row, 'Msg_type').toLowerCase()));
  const last = rows.at(-1);
  const fine = ['OK', 'Table is already up to date'].includes(textIn(last, 'Msg_text'));
  const unchecked = /doesn't support check/i.test(textIn(last, 'Msg_text'));
  if (fine || unchecked) return undefined;
  return bad.some(row => /\bindex\b/i.test(textIn(row, 'Msg_text'))) ? 'index' : 'table';
}

function note(tally: Tally, { object, trouble }: { readonly object: string; readonly trouble: 'index' | 'table' | 'unreadable' }): false {
  tally.note(trouble === 'index' ? 'integrity.index-corrupt' : 'integrity.table-unreadable', 'failed', { object });
  return false;
}
