import type { Jail } from '../../backup/target.ts';
import type { HandedOver, NewPlace } from '../new-place.ts';
import { notStarted } from '../not-started.ts';
import { ServiceError } from '../service.ts';
import { ask } from './ask.ts';
import { DATA_AT, USER, type ServerPlace } from './place.ts';
import type { StartedServer } from './server.ts';

const LONGEST_MS = 2_147_483_647;
const INSTALL = 'Install it: apt-get install mariadb-server';

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
  if (made !== undefined) for (const text of OPEN_TO_ALL) await run(text);
  await letIn(run, administrator.name);
  await run('flush privileges');
  const kept = await leave(run);
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
  await run(`drop database \`${made.replaceAll('`', '``')}\``);
  return true;
}

/** An empty server is made with accounts of root that anybody is taken for. Those are not the dump's. */
const OPEN_TO_ALL = [
  `delete from mysql.global_priv where user = 'root' and host <> 'localhost'
    and coalesce(json_value(priv, '$.plugin'), '') in ('', 'mysql_native_password') and coalesce(json_value(priv, '$.authentication_string'), '') = ''`,
  'delete from mysql.proxies_priv where (user, host) not in (select user, host from mysql.global_priv)',
];

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
  const priv = JSON.stringify(withSocket(JSON.parse(String(found['priv'])) as Privileges));
  await run(`update mysql.global_priv set priv = ? where user = ? and host = 'localhost'`, [priv, name]);
}

/** A row's `priv`, of which the ways of signing in matter here. */
interface Privileges {
  readonly access?: number;
  readonly plugin?: string;
  readonly authentication_string?: string;
  readonly auth_or?: readonly { readonly plugin?: string }[];
}

/** In an account's list `{}` stands for the way that is written beside it. */
export function withSocket(priv: Privileges): Privileges {
  const socket = { plugin: 'unix_socket' };
  const { plugin = '', authentication_string: password = '', auth_or: ways = [{}] } = priv;
  if (plugin === socket.plugin || ways.some(way => way.plugin === socket.plugin)) return priv;
  // Without a password everybody was taken for him.
  const isOpen = ways.length === 1 && password === '' && (plugin === '' || plugin === 'mysql_native_password');
  return isOpen ? { ...priv, ...socket } : { ...priv, auth_or: [...ways, socket] };
}

/** What was created without a word on whose it is has become that of our account, which is then kept, and nobody can sign in with it. */
const OURS = `select (select count(*) from information_schema.views where definer = ?) + (select count(*) from information_schema.triggers where definer = ?)
  + (select count(*) from information_schema.routines where definer = ?) + (select count(*) from information_schema.events where definer = ?) as objects`;

async function leave(run: Run): Promise<readonly string[]> {
  const definer = `${USER}@localhost`;
  const [row] = await run(OURS, [definer, definer, definer, definer]);
  const objects = Number(row?.['objects']);
  await run('delete from mysql.proxies_priv where user = ?', [USER]);
  if (objects === 0) await run(`drop user ${definer}`);
  else await run(`alter user ${definer} identified via mysql_native_password using 'invalid' account lock`);
  if (objects === 0) return [];
  return [
    `The dump does not say whose ${String(objects)} of its views, triggers and routines are: they are those of ${definer}, which is locked.`,
  ];
}

/** A server over them would follow a link out of its own folder. */
async function refuseStrange({ jail, place }: Handing, stop: AbortSignal): Promise<void> {
  const args = [DATA_AT, '!', '-type', 'f', '!', '-type', 'd', '-printf', 'strange\\n', '-quit'];
  const found = await jail.run({ file: '/usr/bin/find', args, env: place.env, mounts: place.mounts }, stop);
  if (found.exitCode !== 0) throw notStarted('find', { jail, result: found, install: INSTALL });
  if (found.stdout !== '')
    throw new ServiceError('start-failed', 'the recovered server holds links or devices that it did not make', {
      hint: 'Do not put it in place: have the backup looked at by whoever keeps it.',
    });
}
