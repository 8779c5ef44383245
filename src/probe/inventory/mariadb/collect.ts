import { askAll, numberIn, textIn, type Reader, type Row } from '../../asker.ts';
import { quoteName, quoteQualified } from '../../sql-name.ts';
import type { Collecting } from '../collect.ts';
import { sealFacts, type InventoryFacts } from '../facts.ts';
import { countEach, gatherObjects, type Token } from '../gather.ts';
import { ACCOUNTS, DEFINED, GRANTS, OBJECTS, TABLES, TELLING } from './objects-sql.ts';

/** Engines whose rows are in another system, and those whose rows are not meant to last. */
const ELSEWHERE = new Set(['FEDERATED', 'CONNECT', 'SPIDER', 'S3', 'SPHINX']);
const VOLATILE = new Set(['MEMORY', 'BLACKHOLE', 'MRG_MYISAM', ...ELSEWHERE]);
/** Accounts that every server has, and our own. */
const OF_SERVER = new Set(['root', 'mysql', 'mariadb.sys', 'PUBLIC', 'resurgam_drill', 'mysql.sys', 'mysql.session', 'mysql.infoschema']);
const SAMPLE_ROWS = 100_000;

/** Everything that the databases of a MariaDB hold, counted and named. Rejects with ServiceError when something of it cannot be asked. */
export async function collectMariadb({ asker, major, token }: Collecting): Promise<InventoryFacts> {
  const tables = await asker.rows(TABLES);
  const here = tables.filter(row => !ELSEWHERE.has(engineOf(row)));
  const telling = await tellingOf(asker, here);
  const objects = await gatherObjects({ asker, token, questions: OBJECTS, settings: { group_concat_max_len: '1048576' } });
  return sealFacts({
    major,
    objects: { ...objects, account: await collectAccounts(asker, token) },
    rows: await countEach(
      asker,
      here.map(row => ({ object: shown(row), from: quoteQualified(textIn(row, 'schema'), textIn(row, 'name')) })),
    ),
    tables: Object.fromEntries(tables.map(row => [shown(row), null])),
    unlogged: tables.filter(row => VOLATILE.has(engineOf(row))).map(shown),
    filled: [],
    // InnoDB gives no number that is in use: it looks at the column itself when it starts.
    behind: [],
    owners: Object.fromEntries(
      (await asker.rows(DEFINED)).map(row => [`${textIn(row, 'kind')} ${textIn(row, 'name')}`, token(`role ${textIn(row, 'definer')}`)]),
    ),
    grants: await collectGrants(asker, token),
    settings: [],
    largeObjects: { count: 0, bytes: 0 },
    comments: 0,
    ...telling,
  });
}

/** Names of accounts are never kept: only whether the same ones are there. */
async function collectAccounts(asker: Reader, token: Token): Promise<Record<string, [string, null]>> {
  const rows = (await asker.rows(ACCOUNTS)).filter(row => !OF_SERVER.has(textIn(row, 'name')));
  return Object.fromEntries(rows.map(row => [token(`role ${textIn(row, 'account')}`), ['', null]]));
}

/** Object → token of the account → its privileges. */
async function collectGrants(asker: Reader, token: Token): Promise<Record<string, Record<string, string>>> {
  const grants: Record<string, Record<string, string>> = {};
  for (const row of await asker.rows(GRANTS)) {
    const grantee = textIn(row, 'grantee').replaceAll("'", '');
    if (OF_SERVER.has(grantee.slice(0, grantee.lastIndexOf('@')))) continue;
    const object = textIn(row, 'object');
    grants[object] = { ...grants[object], [token(`role ${grantee}`)]: textIn(row, 'privileges') };
  }
  return grants;
}

type Telling = Required<Pick<InventoryFacts, 'wide' | 'earliest'>>;

/** Values with characters of four bytes, among the first rows of each table; and the earliest moment of each column of moments. */
async function tellingOf(asker: Reader, tables: readonly Row[]): Promise<Telling> {
  const there = new Set(tables.map(shown));
  const columns = (await asker.rows(TELLING)).filter(row => there.has(`${textIn(row, 'schema')}.${textIn(row, 'table')}`));
  const { answered } = await askAll(columns, 20, batch => {
    const each = batch.map((row, i) => {
      const table = quoteQualified(textIn(row, 'schema'), textIn(row, 'table'));
      const column = quoteName(textIn(row, 'name'));
      return numberIn(row, 'moment') === 1
        ? `(select ${i} as i, min(unix_timestamp(${column})) as n from ${table} where ${column} > 0)`
        : `(select ${i}, sum(convert(convert(v.c using utf8mb3) using utf8mb4) <> v.c collate utf8mb4_bin)
            from (select ${column} as c from ${table} limit ${SAMPLE_ROWS}) v)`;
    });
    return asker.rows(`select 0 as i, 0 as n from dual where false union all ${each.join('\nunion all\n')}\norder by i`);
  });
  const telling: { wide: Record<string, number>; earliest: Record<string, number> } = { wide: {}, earliest: {} };
  for (const [row, answer] of answered) {
    const name = `${textIn(row, 'schema')}.${textIn(row, 'table')}.${textIn(row, 'name')}`;
    const value = numberIn(answer, 'n');
    if (value !== undefined) telling[numberIn(row, 'moment') === 1 ? 'earliest' : 'wide'][name] = value;
  }
  return telling;
}

function engineOf(row: Row): string {
  return textIn(row, 'engine').toUpperCase();
}

function shown(row: Row): string {
  return `${textIn(row, 'schema')}.${textIn(row, 'name')}`;
}
