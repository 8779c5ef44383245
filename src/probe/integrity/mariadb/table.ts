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

/** Every table with all its indexes by CHECK TABLE, and every value of every row by CHECKSUM TABLE, which reads them. */
export async function examineTables(asker: Asker, tally: Tally): Promise<void> {
  const tables = await asker.rows(TABLES);
  let sound = 0;
  for (const table of tables) if (await isSound(asker, tally, table)) sound += 1;
  tally.count('tables', sound, tables.length);
}

async function isSound(asker: Asker, tally: Tally, table: Row): Promise<boolean> {
  const name = quoteQualified(textIn(table, 'schema'), textIn(table, 'name'));
  const object = `${textIn(table, 'schema')}.${textIn(table, 'name')}`;
  try {
    const said = await asker.rows(`check table ${name} ${tally.full ? 'extended' : 'quick'}`);
    const trouble = troubleIn(said);
    if (trouble !== undefined) return note(tally, { object, trouble });
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
