import type pg from 'pg';
import { StoreError } from '../error.ts';
import { CLIENT_TABLES, MIGRATION_0001 } from './migration-0001.ts';
import { MIGRATION_0002, SHARED_TABLES } from './migration-0002.ts';
import { MIGRATION_0003 } from './migration-0003.ts';
import { CLIENT_ROLE, rowSecurity, SCHEMA } from './row-security.ts';

/** One step of the tables, from one release to the next. Once released it is never changed. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  /**
   * A program that knows the steps up to this one may go on beside it: the step only adds what such a program need not fill. Without it no
   * program that does not know the step may write.
   */
  readonly oldest?: number;
}

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'first tables', sql: `${MIGRATION_0001}\n${rowSecurity(CLIENT_TABLES)}` },
  { number: 2, name: 'shared ledgers', sql: `${MIGRATION_0002}\n${rowSecurity(SHARED_TABLES)}` },
  { number: 3, name: 'capacity of workers', sql: MIGRATION_0003, oldest: 2 },
];

/**
 * Brings the tables to this release, one transaction for each step, one process at a time; where nothing is to be done, nothing is written, and
 * no step is ever taken back. Gives the numbers of the steps that it made. Throws StoreError `state-newer` when a newer release was here beside
 * which this one may not go on; others as pg gives them.
 */
export async function migrate(client: pg.Client, migrations: readonly Migration[] = MIGRATIONS): Promise<readonly number[]> {
  const ours = newestOf(migrations);
  const done: number[] = [];
  if ((await newestIn(client, ours)) >= ours) return done;
  for (;;) {
    const step = await inTransaction(client, () => nextStep(client, migrations));
    if (step === undefined) return done;
    done.push(step);
  }
}

/** The number of the newest step in the database, 0 before the first. Throws StoreError `state-newer` if `ours` may not go on beside it. */
export async function newestIn(client: pg.Client, ours: number = newestOf(MIGRATIONS)): Promise<number> {
  // Of the catalogue's rows, not by to_regclass: that may answer from what this connection remembers, though another one has just made the table.
  const there = await client.query(`select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = '${SCHEMA}' and c.relname = 'resurgam_migration'`);
  if (there.rowCount === 0) return 0;
  const found = await client.query<Steps>(stepsBeyond(ours));
  const steps = found.rows[0] ?? { newest: 0, refused: 0 };
  if (steps.refused > 0) throw newerState(steps.newest, ours);
  return steps.newest;
}

interface Steps {
  readonly newest: number;
  /** Steps that `ours` does not know and may not go on beside. */
  readonly refused: number;
}

/** Also where the list has no such column yet, as that of the first releases: nothing is said there, so nothing is allowed. */
function stepsBeyond(ours: number): string {
  return `select coalesce(max(number), 0) as newest,
    (count(*) filter (where number > ${ours} and coalesce((to_jsonb(m) ->> 'oldest')::int, number) > ${ours}))::int as refused
    from ${SCHEMA}.resurgam_migration m`;
}

/** SQL for the step beside which this program may not go on, null if there is none: a newer release may bring it while we run. */
export function stepBeyond(migrations: readonly Migration[] = MIGRATIONS): string {
  const ours = newestOf(migrations);
  return `(select max(number) from ${SCHEMA}.resurgam_migration where number > ${ours} and coalesce(oldest, number) > ${ours})`;
}

/** `newest`: of the steps in the database; `ours`: the newest that this program knows. */
export function newerState(newest: number, ours: number): StoreError {
  return new StoreError(
    'state-newer',
    `the state: expected tables of step ${ours} or such as it can go on with, they are of step ${newest}`,
    {
      hint: 'Upgrade this machine to the release that the others run; an older one must not write here.',
    },
  );
}

export function newestOf(migrations: readonly Migration[]): number {
  return Math.max(0, ...migrations.map(({ number }) => number));
}

/** Under the lock the newest step is read again: while we waited another process may have made it. */
async function nextStep(client: pg.Client, migrations: readonly Migration[]): Promise<number | undefined> {
  await client.query(`set local lock_timeout = '60s'; select pg_advisory_xact_lock(hashtextextended('resurgam migration', 0))`);
  const newest = await newestIn(client, newestOf(migrations));
  const next = migrations.find(({ number }) => number === newest + 1);
  if (next === undefined) return undefined;
  await client.query(`create schema if not exists ${SCHEMA};
    set local search_path = ${SCHEMA}, pg_temp;
    create table if not exists resurgam_migration (
      number int primary key, name text not null, applied_at timestamptz not null default now(), oldest int
    )`);
  // Only where it is missing: whoever reads the list meanwhile need not be waited for.
  const said = `select 1 from pg_attribute where attrelid = 'resurgam_migration'::regclass and attname = 'oldest'`;
  if ((await client.query(said)).rowCount === 0) await client.query('alter table resurgam_migration add column oldest int');
  await client.query(next.sql);
  const row = [next.number, next.name, next.oldest ?? next.number];
  await client.query('insert into resurgam_migration (number, name, oldest) values ($1, $2, $3)', row);
  return next.number;
}

/**
 * For a user whom row-level security does not bind: sees to the role that it does bind, and to its rights. True if transactions must take it.
 * Throws StoreError if there is no such role and we may not make it.
 */
export async function prepareRole(client: pg.Client): Promise<boolean> {
  const free = 'select 1 from pg_roles where (rolsuper or rolbypassrls) and rolname = ';
  if ((await client.query(`${free} current_user`)).rowCount === 0) return false;
  try {
    await makeRole(client);
    await inTransaction(client, () => grantRights(client));
    await inTransaction(client, () => client.query(`set local role ${CLIENT_ROLE}`));
  } catch (cause) {
    if (codeOf(cause) !== '42501') throw cause;
    throw roleRefused(`expected the right to act as the role ${CLIENT_ROLE}, it is missing`, cause);
  }
  if ((await client.query(`${free} $1`, [CLIENT_ROLE])).rowCount === 0) return true;
  throw roleRefused(`expected a role ${CLIENT_ROLE} whom row-level security binds, it is a superuser or has BYPASSRLS`, undefined);
}

function roleRefused(what: string, cause: unknown): StoreError {
  return new StoreError('state-unreachable', `the state: ${what}`, {
    hint: `Connect as an ordinary owner of the database, or: create role ${CLIENT_ROLE} nologin; grant ${CLIENT_ROLE} to <the user>.`,
    cause,
  });
}

/** Roles belong to the whole server: another database's process may make it at the same moment. */
async function makeRole(client: pg.Client): Promise<void> {
  if ((await client.query('select 1 from pg_roles where rolname = $1', [CLIENT_ROLE])).rowCount !== 0) return;
  try {
    await client.query(`create role ${CLIENT_ROLE} nologin`);
    await client.query(`grant ${CLIENT_ROLE} to current_user`);
  } catch (cause) {
    if (!['42710', '23505'].includes(codeOf(cause))) throw cause;
  }
}

/** Only if one is missing: grants write, and everyone would wait for everyone at each start. */
async function grantRights(client: pg.Client): Promise<void> {
  const lacking = `select 1 from pg_class where relnamespace = '${SCHEMA}'::regnamespace and relkind = 'r'
    and not has_table_privilege('${CLIENT_ROLE}', oid, case relname when 'resurgam_migration' then 'select' else 'delete' end)`;
  if ((await client.query(lacking)).rowCount === 0) return;
  await client.query(`select pg_advisory_xact_lock(hashtextextended('resurgam migration', 0))`);
  await client.query(`grant usage on schema ${SCHEMA} to ${CLIENT_ROLE};
    grant select, insert, update, delete on all tables in schema ${SCHEMA} to ${CLIENT_ROLE};
    revoke insert, update, delete on ${SCHEMA}.resurgam_migration from ${CLIENT_ROLE};
    grant usage on all sequences in schema ${SCHEMA} to ${CLIENT_ROLE}`);
}

async function inTransaction<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
