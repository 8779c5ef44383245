import { createHash } from 'node:crypto';
import pg from 'pg';
import { STATE_FORMAT, type StateHeader, type StateTable } from '../../backup/state-backup.ts';
import { StoreError } from '../error.ts';
import { connectState, type StateAddress } from './address.ts';
import { readBackup, writeBackup } from './backup-lines.ts';
import { MIGRATIONS, newerState, newestIn } from './migrate.ts';
import { SCHEMA } from './row-security.ts';
import { stateError } from './state-error.ts';

type Address = Pick<StateAddress, 'where' | 'connectionString'>;

/**
 * Writes all rows of the state, as one moment saw them, to a new file. (No client program comes with the private server, and a pg_dump of an older
 * major refuses it.) Throws StoreError; then there is no file.
 */
export async function backUpState(address: Address, to: { readonly file: string; readonly at: string }): Promise<StateHeader> {
  return inOne(address, 'isolation level repeatable read read only', async client => {
    const migration = await newestIn(client);
    // We may go on beside a newer release, and cannot write down steps that only it knows.
    if (migration > MIGRATIONS.length) throw newerState(migration, MIGRATIONS.length);
    const tables: Record<string, StateTable> = {};
    for (const [table, columns] of await columnsByTable(client)) tables[table] = { columns, ...(await digested(client, table, columns)) };
    const steps = MIGRATIONS.filter(({ number }) => number <= migration).map(({ number, name, sql }) => ({ number, name, sql }));
    const header = { format: STATE_FORMAT, at: to.at, migration, server: await serverOf(client), steps, tables } satisfies StateHeader;
    await writeBackup(to.file, header, allRows(client, header));
    return header;
  });
}

/**
 * Brings a backup back into a state that holds nothing of any client. All of it or nothing; counts and digests are compared with what is in the tables
 * before it is kept. Throws StoreError.
 */
export async function restoreState(address: Address, file: string): Promise<StateHeader> {
  const header = await readBackup(file);
  return inOne(address, 'read write', async client => {
    const there = await columnsByTable(client);
    await refuseMisfit(client, header, there);
    await client.query(`lock table ${[...there.keys()].map(quoted).join(', ')} in exclusive mode`);
    await emptied(client, there);
    await readBackup(file, (table, lines) => insertRows(client, { table, columns: header.tables[table]?.columns ?? [], lines }));
    for (const [table, told] of Object.entries(header.tables)) {
      const found = await digested(client, table, told.columns);
      if (found.sha256 !== told.sha256) throw refused(`the rows of ${table} differ from the backup's after they were written`);
    }
    await advanceIdentities(client, there);
    return header;
  });
}

async function serverOf(client: pg.Client): Promise<{ major: number }> {
  const { rows } = await client.query<{ major: number }>("select current_setting('server_version_num')::int / 10000 as major");
  return { major: rows[0]?.major ?? 0 };
}

async function* allRows(client: pg.Client, header: StateHeader): AsyncGenerator<string> {
  for (const [table, { columns }] of Object.entries(header.tables)) yield* rowsOf(client, table, columns);
}

/** Rows as text that is the same on every server: keys in jsonb's order, times in UTC, rows in the order of their bytes. */
async function* rowsOf(client: pg.Client, table: string, columns: readonly string[]): AsyncGenerator<string> {
  await client.query(`declare backup_rows no scroll cursor for
    select to_jsonb(r)::text as line from (select ${columns.map(pg.escapeIdentifier).join(', ')} from ${quoted(table)}) r
    order by to_jsonb(r)::text collate "C"`);
  for (;;) {
    const { rows } = await client.query<{ line: string }>('fetch 1000 from backup_rows');
    if (rows.length === 0) break;
    for (const { line } of rows) yield line;
  }
  await client.query('close backup_rows');
}

async function digested(client: pg.Client, table: string, columns: readonly string[]): Promise<{ rows: number; sha256: string }> {
  const digest = createHash('sha256');
  let rows = 0;
  for await (const line of rowsOf(client, table, columns)) {
    digest.update(`${line}\n`);
    rows++;
  }
  return { rows, sha256: digest.digest('hex') };
}

/** Every table of ours but the list of steps, and those of its columns that can be written. */
async function columnsByTable(client: pg.Client): Promise<ReadonlyMap<string, string[]>> {
  const { rows } = await client.query<{ name: string; columns: string[] }>(`
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = '${SCHEMA}'::regnamespace and c.relkind = 'r' and c.relname <> 'resurgam_migration'
    group by c.relname order by c.relname`);
  return new Map(rows.map(({ name, columns }) => [name, columns]));
}

/** A backup of an older release fits: what it does not know takes its default. */
async function refuseMisfit(client: pg.Client, header: StateHeader, there: ReadonlyMap<string, string[]>): Promise<void> {
  await newestIn(client);
  const unknown = Object.entries(header.tables).filter(
    ([table, { columns }]) => !columns.every(column => there.get(table)?.includes(column) === true),
  );
  if (unknown.length > 0)
    throw refused('it has tables or columns that this release does not know', 'Restore it with the release that made it.');
}

/** Workers say again that they are there; everything else must have been empty before. */
async function emptied(client: pg.Client, there: ReadonlyMap<string, string[]>): Promise<void> {
  for (const [table, columns] of there) {
    if (!columns.includes('client')) await client.query(`delete from ${quoted(table)}`);
    else if ((await client.query(`select 1 from ${quoted(table)} limit 1`)).rowCount !== 0) throw refused('the state holds rows already');
  }
}

async function insertRows(
  client: pg.Client,
  { table, columns, lines }: { readonly table: string; readonly columns: readonly string[]; readonly lines: readonly string[] },
): Promise<void> {
  const names = columns.map(pg.escapeIdentifier).join(', ');
  const text = `insert into ${quoted(table)} (${names}) overriding system value
    select ${names} from jsonb_populate_recordset(null::${quoted(table)}, $1::jsonb)`;
  await client.query(text, [`[${lines.join(',')}]`]);
}

/** The next number that a table gives itself comes behind those that were brought back. */
async function advanceIdentities(client: pg.Client, there: ReadonlyMap<string, string[]>): Promise<void> {
  for (const table of there.keys()) {
    const { rows } = await client.query<{ name: string }>(
      `select attname::text as name from pg_attribute where attrelid = $1::regclass and attidentity <> ''`,
      [quoted(table)],
    );
    for (const { name } of rows) {
      const column = pg.escapeIdentifier(name);
      await client.query(
        `select setval(pg_get_serial_sequence($1, $2), (select max(${column}) from ${quoted(table)})) where exists (select 1 from ${quoted(table)})`,
        [quoted(table), name],
      );
    }
  }
}

function quoted(table: string): string {
  return `${SCHEMA}.${pg.escapeIdentifier(table)}`;
}

function refused(why: string, hint = 'Restore into a new RESURGAM_HOME or an empty database.'): StoreError {
  return new StoreError('broke', `the backup was not brought back: ${why}`, { hint });
}

const SETTINGS = `set local timezone = 'UTC'; set local datestyle = 'ISO'; set local bytea_output = 'hex'; set local search_path = ${SCHEMA}, pg_temp;
  set local statement_timeout = 0; set local lock_timeout = '60s'; set local row_security = on; set local resurgam.client = '*'`;

/** One transaction over everything, on a connection of its own. */
async function inOne<T>(address: Address, mode: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connectState(address);
  try {
    await client.query(`begin ${mode}; ${SETTINGS}`);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (cause) {
    throw stateError(cause, address.where);
  } finally {
    await client.end().catch(() => undefined);
  }
}
