import type { StateHeader, StateStep } from '../state-backup.ts';

/** The schema in which everything of the state lies. */
export const SCHEMA = 'resurgam';

/** Which steps were made: what the program itself looks at before it uses the tables. */
export const LIST_OF_STEPS = `create table ${SCHEMA}.resurgam_migration (
  number int primary key, name text not null, applied_at timestamptz not null default now()
)`;

/** The statements of one step, which the caller knows to be ours, as one that the server takes at once. */
export function stepStatement({ sql }: StateStep): string {
  return `do ${literal(`begin
    perform set_config('search_path', '${SCHEMA}, pg_temp', true);
    execute ${literal(sql)};
  end`)}`;
}

/** Tables and the columns of them that can be written, and whether one numbers itself. */
export const COLUMNS = `select c.relname::text as table, a.attname::text as column, a.attidentity <> '' as numbered
  from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  where c.relnamespace = '${SCHEMA}'::regnamespace and c.relkind = 'r' and c.relname <> 'resurgam_migration'`;

/** Takes one value: an array of rows as JSON. Names that the backup gives are only ever quoted names. */
export function insertStatement(table: string, columns: readonly string[]): string {
  const names = columns.map(quoted).join(', ');
  return `insert into ${inSchema(table)} (${names}) overriding system value
    select ${names} from jsonb_populate_recordset(null::${inSchema(table)}, $1::jsonb)`;
}

/** Number and sum of the rows as they are now, see `Sum`. */
export function sumStatement(table: string, columns: readonly string[]): string {
  return `select count(*)::text as rows,
      coalesce(sum(('x' || left(encode(sha256(convert_to(line, 'UTF8')), 'hex'), 15))::bit(60)::bigint), 0)::text as sum
    from (select to_jsonb(r)::text as line from (select ${columns.map(quoted).join(', ')} from ${inSchema(table)}) r) l`;
}

/** The next number that a table gives itself comes behind those that were brought back. */
export function numberStatement(table: string, column: string): string {
  return `select setval(pg_get_serial_sequence(${literal(inSchema(table))}, ${literal(column)}), (select max(${quoted(column)}) from ${inSchema(table)}))
    where exists (select 1 from ${inSchema(table)})`;
}

/** The tables of a backup, with what is said of each. */
export function tablesOf(header: StateHeader): readonly (readonly [string, StateHeader['tables'][string]])[] {
  return Object.entries(header.tables);
}

function inSchema(table: string): string {
  return `${SCHEMA}.${quoted(table)}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
