import { createHash } from 'node:crypto';
import type { TargetServer } from '../backup/target.ts';
import type { TargetPlace } from '../plan/target.ts';
import type { SqlOptions } from '../service/service.ts';
import { connectPg, type PgRow } from '../system/pg-client.ts';
import { findClients } from '../system/postgres-binaries.ts';
import { RecoveryError } from './error.ts';
import type { Brought } from './state.ts';

export type ServerAt = NonNullable<TargetPlace['server']>;

/** The server of a component in the target: one that was there, or one of its own. Undefined if it is none, or none yet. */
export function serverAt({ server, cluster }: Pick<TargetPlace, 'server' | 'cluster'>, brought: Brought | undefined): ServerAt | undefined {
  if (server !== undefined) return server;
  if (cluster === undefined || brought?.server == null) return undefined;
  return { socket: cluster.socket, port: cluster.port, ...brought.server };
}

const CONNECT_MS = 10_000;
const LONGEST_MS = 2_147_483_647;
const MOST_BYTES = 64 << 20;
export const MOST_ROWS = 100_000;
const SOCKET_AT = '/target';

/** A connection to it, through its socket. */
export function connectTo(at: ServerAt, settings: SqlOptions['settings'] = {}): ReturnType<typeof connectPg> {
  const { socket: folder, port, database, user } = at;
  return connectPg({ folder, port, database, user, settings: { timezone: 'UTC', ...settings }, bytes: MOST_BYTES }, CONNECT_MS);
}

/** One statement, in a connection of its own. */
export async function ask(at: ServerAt, text: string, values: readonly unknown[] = []): Promise<readonly PgRow[]> {
  const connection = await connectTo(at);
  try {
    return await connection.ask({ text, values, rows: MOST_ROWS, timeLimitMs: LONGEST_MS });
  } finally {
    await connection.close();
  }
}

/** A database cannot be dropped or renamed by whoever is connected to it. */
function maintenance(at: ServerAt): ServerAt {
  return { ...at, database: 'postgres' };
}

const OBJECTS = `select count(*)::int as n from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`;

/** The system identifier of the server. Throws RecoveryError `refused` if the database is not there or not empty. */
export async function lookAtServer(at: ServerAt, component: string): Promise<string> {
  const unreachable = (): never => {
    throw new RecoveryError(
      'refused',
      `${component}: the database ${at.database} cannot be reached in ${at.socket}`,
      'Start the server, create the empty database, and let the user in through the socket without a password for the time of the recovery.',
    );
  };
  const [found] = await ask(at, OBJECTS).catch(unreachable);
  if (found?.['n'] !== 0)
    throw new RecoveryError(
      'refused',
      `${component}: the database ${at.database} is not empty`,
      'Name an empty one: nothing is ever overwritten.',
    );
  const [system] = await ask(at, 'select system_identifier::text as id from pg_control_system()').catch(unreachable);
  return String(system?.['id']);
}

/** One database of the target, and the recovery that fills it: what another recovery left there is not taken for its own. */
export interface PlaceAt {
  readonly at: ServerAt;
  readonly recovery: string;
}

/** Beside the database that it will become: a recovery that was cut off leaves nothing half done under its name. */
function partOf({ at, recovery }: PlaceAt): string {
  return `${at.database.slice(0, 40)}.resurgam-${createHash('sha256').update(recovery).digest('hex').slice(0, 8)}`;
}

const GRANTS = `select format('grant %s on database %I to %s%s', acl.privilege_type, $2::text,
    case when acl.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end, case when acl.is_grantable then ' with grant option' else '' end) as text
  from pg_database d, aclexplode(d.datacl) acl where d.datname = $1`;
/** Lists are kept as they are written in a statement; everything else is one value. */
const LISTS = ['search_path', 'temp_tablespaces', 'local_preload_libraries', 'session_preload_libraries'];
const SETTINGS = `select format('alter database %I set %s to %s', $2::text, name, case when name = any ('{${LISTS.join()}}') then value else quote_literal(value) end) as text
  from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase, unnest(s.setconfig) one,
    lateral (select split_part(one, '=', 1) as name, substr(one, strpos(one, '=') + 1) as value) parts where d.datname = $1 and s.setrole = 0`;

/** Whose the declared database is, who may do what in it, and what is set for it: a template gives none of these on. */
async function likeDeclared(at: ServerAt, part: string): Promise<void> {
  const there = maintenance(at);
  const [said] = await ask(there, 'select pg_get_userbyid(datdba) as owner, datacl is null as usual from pg_database where datname = $1', [
    at.database,
  ]);
  await ask(there, `alter database ${named(part)} owner to ${named(String(said?.['owner']))}`);
  if (said?.['usual'] !== true) await ask(there, `revoke all on database ${named(part)} from public`);
  for (const statements of [GRANTS, SETTINGS])
    for (const { text } of await ask(there, statements, [at.database, part])) await ask(there, String(text));
}

/** An empty copy of the target's empty database, made anew. */
export async function preparePart(place: PlaceAt): Promise<TargetServer> {
  const { at } = place;
  const part = partOf(place);
  await ask(maintenance(at), `drop database if exists ${named(part)} with (force)`);
  await ask(maintenance(at), `create database ${named(part)} template ${named(at.database)}`);
  await likeDeclared(at, part);
  const [{ version = 0 } = {}] = await ask(maintenance(at), `select current_setting('server_version_num')::int as version`);
  const clients = await findClients();
  return {
    engine: 'postgres',
    major: Math.floor(Number(version) / 10_000),
    clientMounts: [{ from: at.socket, at: SOCKET_AT }],
    clientEnv: { PGHOST: SOCKET_AT, PGPORT: String(at.port), PGUSER: at.user, PGDATABASE: part, LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' },
    clients: clients.map(({ major, bin, version: said }) => ({ major, bin, version: said, mounts: [] })),
    sql: (text, values) => ask({ ...at, database: part }, text, values),
    database: part,
    // Its log is not ours to read: what was refused is counted by the client.
    refused: () => Promise.resolve({ statements: [], more: 0 }),
    alive: () => true,
  };
}

/**
 * The restored database takes the place of the empty one. Can be repeated after a crash between any two of its statements. Throws RecoveryError
 * `refused` if somebody has filled the database meanwhile: that was empty hours ago, and nothing is ever overwritten.
 */
export async function takePlace(place: PlaceAt, component: string): Promise<void> {
  const { at } = place;
  const there = await databasesOf(place);
  // Cut off after the last statement: nothing is left to do.
  if (!there.includes(partOf(place))) return;
  if (there.includes(at.database)) {
    await lookAtServer(at, component);
    await ask(maintenance(at), `drop database ${named(at.database)}`);
  }
  await ask(maintenance(at), `alter database ${named(partOf(place))} rename to ${named(at.database)}`);
}

function named(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Takes away what an unfinished recovery left beside the database; tells whether there was anything. */
export async function removePart(place: PlaceAt): Promise<boolean> {
  const isThere = (await databasesOf(place)).includes(partOf(place));
  if (isThere) await ask(maintenance(place.at), `drop database ${named(partOf(place))} with (force)`);
  return isThere;
}

async function databasesOf(place: PlaceAt): Promise<readonly string[]> {
  const names = [place.at.database, partOf(place)];
  const rows = await ask(maintenance(place.at), 'select datname::text as name from pg_database where datname = any ($1)', [names]);
  return rows.map(({ name }) => String(name));
}
