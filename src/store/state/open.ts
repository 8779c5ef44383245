import pg from 'pg';
import { safeName } from '../home.ts';
import { CONNECT_MS, connectState, stateAddress, type StateAddress, type StatePlace } from './address.ts';
import { migrate, MIGRATIONS, newerState, newestOf, prepareRole, stepBeyond, type Migration } from './migrate.ts';
import { CLIENT_ROLE, SCHEMA } from './row-security.ts';
import { stateError } from './state-error.ts';
import { StoreError } from '../error.ts';
import type { State, Tx } from './state.ts';
import { openTx } from './tx.ts';
import { types } from './values.ts';

/** Connections of one process. A transaction inside another one takes a second: never more than two deep. */
const CONNECTIONS = 4;
/** A server that is cut off says nothing at all: then our own clock ends the wait, a little after the server's would have. */
const ANSWER_MS = 70_000;
const EVERYBODY = '*';

/**
 * Opens the state: finds or starts its server, brings the tables to this release. Throws StoreError `state-unreachable`, `state-newer`,
 * `disk-full`, `busy`, `tool-missing`, `home-unwritable`.
 */
export async function openState(at: StatePlace): Promise<State> {
  const address = await stateAddress(at);
  const migrations = at.migrations ?? MIGRATIONS;
  const takesRole = await prepared(address, migrations);
  const pool = new pg.Pool({
    connectionString: address.connectionString,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: at.answerMs ?? ANSWER_MS,
    keepAlive: true,
    application_name: 'resurgam',
    types,
  });
  // An idle connection that breaks has lost nothing: the pool makes another one.
  pool.on('error', () => undefined);
  // One that is lent, or is just about to be, tells it to the next question. Without a listener it would end our process.
  pool.on('connect', client => client.on('error', () => undefined));
  const run = <T>(client: string, work: (tx: Tx) => Promise<T>): Promise<T> =>
    transaction({ pool, address, migrations, begin: beginning(client, { takesRole, migrations }) }, work);
  let closing: Promise<void> | undefined;
  return {
    of: async (client, work) => run(safeName(client), work),
    all: async work => run(EVERYBODY, work),
    connectionString: address.connectionString,
    close: () => (closing ??= pool.end()),
  };
}

async function prepared(address: StateAddress, migrations: readonly Migration[]): Promise<boolean> {
  const client = await connectState(address);
  try {
    await migrate(client, migrations);
    return await prepareRole(client);
  } catch (cause) {
    throw unprepared(stateError(cause, address.where), address.where);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function unprepared(cause: unknown, where: string): unknown {
  if (cause instanceof StoreError || !(cause instanceof pg.DatabaseError)) return cause;
  const hint =
    cause.code === '42501'
      ? 'Run `resurgam state migrate` once as the owner of the database: this user may not make tables.'
      : 'Look into the log of the PostgreSQL server; nothing was changed.';
  return new StoreError('broke', `${where}: expected the tables of this release, they could not be made (${cause.code ?? '?'})`, {
    hint,
    cause,
  });
}

/**
 * Everything that a transaction depends on is said at its beginning, whatever the server, its database and our environment have set: so it is the same
 * on every server, and also behind a pooler that lends connections for one transaction.
 */
function beginning(client: string, { takesRole, migrations }: { takesRole: boolean; migrations: readonly Migration[] }): string {
  const settings = {
    'resurgam.client': client,
    search_path: `${SCHEMA}, pg_temp`,
    timezone: 'UTC',
    datestyle: 'ISO',
    bytea_output: 'hex',
    statement_timeout: '60s',
    idle_in_transaction_session_timeout: '5min',
    row_security: 'on',
  };
  const set = Object.entries(settings).map(([name, value]) => `set_config('${name}', ${pg.escapeLiteral(value)}, true)`);
  const role = takesRole ? `; set local role ${CLIENT_ROLE}` : '';
  return `begin isolation level read committed read write; select ${set.join(', ')}, ${stepBeyond(migrations)} as beyond${role}`;
}

interface Running {
  readonly pool: pg.Pool;
  readonly address: StateAddress;
  readonly migrations: readonly Migration[];
  readonly begin: string;
}

async function transaction<T>(running: Running, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { where } = running.address;
  const client = await connected(running);
  const tx = openTx(client, where);
  let broken = true;
  try {
    const [began] = await tx.say(running.begin);
    const beyond = began?.['beyond'];
    if (typeof beyond === 'number') throw newerState(beyond, newestOf(running.migrations));
    const result = await work(tx);
    await tx.end('commit');
    broken = false;
    return result;
  } catch (error) {
    broken = !(await tx.end('rollback').then(
      () => true,
      () => false,
    ));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Our own server may have been killed: it is started again, once, before anybody hears of it. */
async function connected({ pool, address }: Running): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    const error = stateError(cause, address.where);
    if (!(error instanceof StoreError) || address.revive === undefined) throw error;
    await address.revive();
    return pool.connect().catch((again: unknown) => {
      throw stateError(again, address.where);
    });
  }
}
