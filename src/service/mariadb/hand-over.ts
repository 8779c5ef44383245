import type { Jail } from '../../backup/target.ts';
import { SYSTEM_SCHEMAS } from '../../system/maria-schemas.ts';
import type { HandedOver, NewPlace } from '../new-place.ts';
import { notStarted } from '../not-started.ts';
import { ServiceError } from '../service.ts';
import { ask } from './ask.ts';
import { DATA_AT, USER, type ServerPlace } from './place.ts';
import { quoted } from './quoted.ts';
import { INSTALL, type StartedServer } from './server.ts';

const LONGEST_MS = 2_147_483_647;

interface Handing {
  readonly jail: Jail;
  readonly place: ServerPlace;
  readonly server: StartedServer;
  /** A database of ours that the dump perhaps did not use. */
  readonly made: string | undefined;
}

/** A server that was shut down in order, without our account, and with one for whoever recovers. Throws ServiceError. */
export async function handOver(handing: Handing, { administrator }: NewPlace, stop: AbortSignal): Promise<HandedOver> {
  const { jail, place, server, made } = handing;
  const run = (text: string, values: readonly unknown[] = []) => ask(server.socket, { text, values, rows: 1_000, timeLimitMs: LONGEST_MS });
  const isUsed = made !== undefined && !(await dropUnused(run, made));
  if (made !== undefined) {
    await run(OPEN_TO_ALL, [administrator.name]);
    await run(UNKNOWN_PROXIES);
  }
  await letIn(run, administrator.name);
  await run('flush privileges');
  const kept = await leave(run, server);
  const ended = await server.process.stop('SIGTERM', LONGEST_MS);
  if (ended.exitCode !== 0) throw notStarted('mariadbd', { jail, result: ended, install: INSTALL });
  await refuseStrange(handing, stop);
  return { settings: {}, folder: place.data, limitations: kept, ...(isUsed ? { database: made } : {}) };
}

type Run = (text: string, values?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** Tables, views, routines and events: a database without any of them holds nothing. */
const OBJECTS = `select (select count(*) from information_schema.tables where table_schema = ?)
  + (select count(*) from information_schema.routines where routine_schema = ?)
  + (select count(*) from information_schema.events where event_schema = ?) as objects`;

async function dropUnused(run: Run, made: string): Promise<boolean> {
  const [row] = await run(OBJECTS, [made, made, made]);
  if (Number(row?.['objects']) !== 0) return false;
  await run(`drop database ${quoted(made)}`);
  return true;
}

/** An empty server is made with accounts of root that anybody is taken for. Those are not the dump's. */
const OPEN_TO_ALL = `delete from mysql.global_priv where user = 'root' and (host <> 'localhost' or ? <> 'root')
    and coalesce(json_value(priv, '$.plugin'), '') in ('', 'mysql_native_password') and coalesce(json_value(priv, '$.authentication_string'), '') = ''`;
const UNKNOWN_PROXIES = 'delete from mysql.proxies_priv where (user, host) not in (select user, host from mysql.global_priv)';

/** Whoever recovers is let in through the socket under the name of his account, as Debian sets it up for root; a password that he has stays. */
async function letIn(run: Run, name: string): Promise<void> {
  const there = "from mysql.global_priv where user = ? and host = 'localhost'";
  const [found] = await run(`select concat(priv, '') as priv ${there}`, [name]);
  if (found === undefined) {
    const account = `'${name.replaceAll(/['\\]/g, '\\$&')}'@localhost`;
    await run(`create user ${account} identified via unix_socket`);
    await run(`grant all privileges on *.* to ${account} with grant option`);
    return;
  }
  const ways = waysFor(JSON.parse(String(found['priv'])) as Privileges);
  if (ways === 'as they are') return;
  const set = ways === 'the socket alone' ? SOCKET_ALONE : `json_set(priv, '$.auth_or', json_compact(?))`;
  const values = ways === 'the socket alone' ? [name] : [JSON.stringify(ways), name];
  await run(`update mysql.global_priv set priv = ${set} where user = ? and host = 'localhost'`, values);
}

/** By the server: its numbers of privileges are larger than ours are exact. */
const SOCKET_ALONE = `json_remove(json_set(priv, '$.plugin', 'unix_socket', '$.authentication_string', ''), '$.auth_or', '$.account_locked')`;

/** A row's `priv`, of which the ways of signing in matter here. */
interface Privileges {
  readonly access?: number;
  readonly plugin?: string;
  readonly authentication_string?: string;
  readonly auth_or?: readonly { readonly plugin?: string }[];
  readonly account_locked?: boolean;
}

/** How an account gets in from now on. In its list `{}` stands for the way that is written beside it. */
export function waysFor(priv: Privileges): 'as they are' | 'the socket alone' | readonly { readonly plugin?: string }[] {
  const socket = { plugin: 'unix_socket' };
  const { plugin = '', authentication_string: password = '', auth_or: ways = [{}] } = priv;
  // Opened again, but not for whoever knows its password.
  if (priv.account_locked === true) return 'the socket alone';
  if (plugin === socket.plugin || ways.some(way => way.plugin === socket.plugin)) return 'as they are';
  // Without a password everybody was taken for him.
  const isOpen = ways.length === 1 && password === '' && (plugin === '' || plugin === 'mysql_native_password');
  return isOpen ? 'the socket alone' : [...ways, socket];
}

/** What was created without a word on whose it is has become that of our account, which is then kept, and nobody can sign in with it. */
const OURS = `select (select count(*) from information_schema.views where definer = ?) + (select count(*) from information_schema.triggers where definer = ?)
  + (select count(*) from information_schema.routines where definer = ?) + (select count(*) from information_schema.events where definer = ?) as objects`;

async function leave(run: Run, server: StartedServer): Promise<readonly string[]> {
  const definer = `${USER}@localhost`;
  const [row] = await run(OURS, [definer, definer, definer, definer]);
  const objects = Number(row?.['objects']);
  await run('delete from mysql.proxies_priv where user = ?', [USER]);
  if (objects === 0) {
    await run(`drop user ${definer}`);
    return [];
  }
  await narrow(server, definer);
  return [
    `The dump does not say whose ${String(objects)} of its views, triggers and routines are: they are those of ${definer}, which is locked.`,
  ];
}

/** What runs in its name reaches the data that came back, and neither accounts nor files. In one session, which keeps its rights until it ends. */
async function narrow({ socket }: StartedServer, definer: string): Promise<void> {
  const limits = { rows: 10_000, timeLimitMs: LONGEST_MS };
  const names = await ask(socket, {
    text: `select schema_name as name from information_schema.schemata where schema_name not in ${SYSTEM_SCHEMAS}`,
    ...limits,
  });
  const pattern = (name: unknown): string => quoted(String(name).replaceAll(/[_%\\]/g, '\\$&'));
  const before = [
    ...names.map(({ name }) => ({ text: `grant all privileges on ${pattern(name)}.* to ${definer}` })),
    { text: `revoke all privileges on *.* from ${definer}` },
    { text: `revoke grant option on *.* from ${definer}` },
  ];
  await ask(socket, { before, text: `alter user ${definer} identified via mysql_native_password using 'invalid' account lock`, ...limits });
}

/** A server over them would follow a link out of its own folder; and a file that says where a table is, though prepared tables are all in it. */
async function refuseStrange({ jail, place }: Handing, stop: AbortSignal): Promise<void> {
  const args = [DATA_AT, ...`-name *.isl -type f -delete -o ! -type f ! -type d -printf strange\\n -quit`.split(' ')];
  const found = await jail.run({ file: '/usr/bin/find', args, env: place.env, mounts: place.mounts }, stop);
  if (found.exitCode !== 0) throw notStarted('find', { jail, result: found, install: INSTALL });
  if (found.stdout !== '')
    throw new ServiceError('start-failed', 'the recovered server holds links or devices that it did not make', {
      hint: 'Do not put it in place: have the backup looked at by whoever keeps it.',
    });
}
