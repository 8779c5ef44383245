import { join } from 'node:path';
import pg from 'pg';
import { runPrivateServer } from '../../system/private-postgres.ts';
import { StoreError } from '../error.ts';
import type { Home } from '../home.ts';
import type { Migration } from './migrate.ts';
import { privateServerError, stateError } from './state-error.ts';
import { types } from './values.ts';

export const CONNECT_MS = 10_000;

/** Where the state is. */
export interface StateAddress {
  /** For messages: without password, host and user. */
  readonly where: string;
  /** For `pg` and whatever uses it. May hold a password. */
  readonly connectionString: string;
  /** Sees to it that the server runs; undefined if it is not ours to run. Throws StoreError. */
  readonly revive: (() => Promise<void>) | undefined;
}

/** Where the state is to be found: our own server in the home, unless `DATABASE_URL` names another. */
export interface StatePlace {
  readonly home: Pick<Home, 'path'>;
  readonly databaseUrl?: string | undefined;
  /** How long a server may be silent before it counts as cut off. Default 70,000. */
  readonly answerMs?: number;
  /** Instead of this release's: tests let two releases run side by side. */
  readonly migrations?: readonly Migration[] | undefined;
}

/** The private server's folder. */
export function privateFolderOf(home: Pick<Home, 'path'>): string {
  return join(home.path, 'postgres');
}

/** Finds the server; the private one is made, started and given its database if need be. Throws StoreError. */
export async function stateAddress({ home, databaseUrl }: StatePlace): Promise<StateAddress> {
  if (databaseUrl !== undefined) {
    return { where: 'DATABASE_URL', connectionString: checkedUrl(databaseUrl), revive: undefined };
  }
  const folder = privateFolderOf(home);
  const run = () =>
    runPrivateServer({ folder }).catch((cause: unknown) => {
      throw privateServerError(cause, folder);
    });
  const { socket } = await run();
  await makeDatabase(folder, privateConnection(socket, 'postgres'));
  return {
    where: folder,
    connectionString: privateConnection(socket, 'resurgam'),
    revive: async () => {
      await run();
    },
  };
}

/**
 * A connection string for a database of the private server, as `pg` takes it and everything that is built upon it. Port, TLS and options are said
 * although they are the defaults, or else PGPORT, PGSSLMODE and PGOPTIONS of the environment would count.
 */
export function privateConnection(socket: string, database: string): string {
  const rest = 'port=5432&sslmode=disable&options=-c%20timezone%3DUTC';
  return `postgres://resurgam@/${database}?host=${encodeURIComponent(socket)}&${rest}`;
}

/** pg's own message about a bad URL would quote it, with its password. */
function checkedUrl(url: string): string {
  if (/^postgres(ql)?:\/\/./.test(url) && (URL.canParse(url) || URL.canParse(url.replace('@/', '@socket/')))) return url;
  throw new StoreError('state-unreachable', 'DATABASE_URL: expected postgres://user:password@host/database, got something else', {
    hint: 'Write special characters of the password as %XX.',
  });
}

/** A connection of its own, for what no pool is needed. Rejects with StoreError. */
export async function connectState(address: Pick<StateAddress, 'where' | 'connectionString'>): Promise<pg.Client> {
  try {
    // Made within: it reads the certificates that the address names.
    const client = new pg.Client({
      connectionString: address.connectionString,
      connectionTimeoutMillis: CONNECT_MS,
      application_name: 'resurgam',
      types,
    });
    // A connection that breaks between two questions is told by the next question.
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (cause) {
    throw stateError(cause, address.where);
  }
}

/** Two processes may make it at once: the slower one is told that it is there. */
async function makeDatabase(where: string, connectionString: string): Promise<void> {
  const client = await connectState({ where, connectionString });
  try {
    const { rowCount } = await client.query("select 1 from pg_database where datname = 'resurgam'");
    if (rowCount === 0) await client.query('create database resurgam');
  } catch (cause) {
    const code = cause instanceof pg.DatabaseError ? cause.code : '';
    if (code !== '42P04' && code !== '23505') throw stateError(cause, where);
  } finally {
    await client.end();
  }
}
