import { join } from 'node:path';
import { layoutArguments, MariadbFiles } from '../../backup/mariadb-files.ts';
import type { TargetServer } from '../../backup/target.ts';
import { readdir, rm, stat } from '../../system/files.ts';
import { keptData, notKept, type EmptyData } from '../../system/kept-data.ts';
import { findProgram, lacks, sayLack } from '../../system/program.ts';
import { ServiceError, type OpenedService, type OpenRequest, type PreparedService, type PrepareRequest, type Service } from '../service.ts';
import { ask } from './ask.ts';
import { furnishKeys, withKeysTried } from './keys.ts';
import { CONFIG_AT, furnishServer } from './place.ts';
import { runService } from './running.ts';
import { initialise, SERVER, startServer, type ServerOrder, type StartedServer } from './server.ts';
import { RECORDED } from './settings.ts';

/** Into which a dump that names no database is restored. */
const RESTORED = 'restored';
const SQL_MS = 10 * 60_000;
const SHUTDOWN_MS = 120_000;
/** Access denied, in its three forms. */
const DENIED = new Set([1044, 1045, 1698]);
const NEED = { file: SERVER, package: 'mariadb-server', least: '10.5' };

/** The MariaDB server of this machine, in the jail, on a Unix socket and nothing else. */
export function mariadbService(): Service & Required<Pick<Service, 'prepare' | 'open'>> {
  return { engine: 'mariadb', options: {}, prepare, open };
}

async function prepare(request: PrepareRequest, stop: AbortSignal): Promise<PreparedService> {
  const { jail } = request;
  const version = await serverVersion(request, stop);
  const place = await furnishServer(jail);
  let server = await startEmpty({ jail, place }, { kept: await keptOf(request, version), stop });
  try {
    await ask(server.socket, { text: `create database ${RESTORED} character set utf8mb4`, rows: 1, timeLimitMs: SQL_MS });
    const sql: TargetServer['sql'] = (text, values = []) =>
      ask(server.socket, { text, values, rows: 100_000, timeLimitMs: SQL_MS, database: RESTORED });
    return {
      ...(await opened({ server, jail, database: RESTORED, version })),
      start: async signal => {
        server = await withOurAccount(server, { jail, place }, signal);
        return runService({ server, jail, major: majorOf(version), database: RESTORED });
      },
      stop: () => end(server),
      server: {
        engine: 'mariadb',
        major: majorOf(version),
        clientMounts: place.clientMounts,
        clientEnv: { MYSQL_HOME: CONFIG_AT, ...place.env },
        clients: [{ major: majorOf(version), mounts: [], bin: '/usr/bin', version }],
        sql,
        database: RESTORED,
        // Its client says them, by number.
        refused: () => Promise.resolve({ statements: [], more: 0 }),
        alive: () => server.ended() === undefined,
      },
    };
  } catch (error) {
    await end(server);
    throw error;
  }
}

/** A dump of the server's own tables takes our account away: the next start gives it back. */
async function withOurAccount(server: StartedServer, order: ServerOrder, stop: AbortSignal): Promise<StartedServer> {
  try {
    await ask(server.socket, { text: 'select 1 as one', rows: 1, timeLimitMs: 30_000 });
    return server;
  } catch (error) {
    if (!(error instanceof ServiceError) || !DENIED.has(error.number ?? 0)) return server;
  }
  await server.process.stop('SIGTERM', SHUTDOWN_MS);
  return startServer(order, stop);
}

/** Over files that a tool restored, which are at rest. */
async function open(request: OpenRequest, stop: AbortSignal): Promise<OpenedService> {
  const { jail } = request;
  const version = await serverVersion(request, stop);
  const series = request.needs?.settings['series'];
  if (series !== undefined && !`${version}.`.startsWith(`${series}.`)) {
    throw new ServiceError('version-unavailable', `files of MariaDB ${series} were restored; on this machine there is ${version}`, {
      hint: `Drill on a machine with mariadb-server ${series}: another version may not read the files, or changes them.`,
    });
  }
  const files = filesOf(request);
  const place = await furnishServer(jail, request.folder);
  const said = (text: string): void => request.toolLog('mariadbd', text);
  const keys = await furnishKeys(request, { config: place.config, keys: files.keys });
  const more = { ...layoutArguments(files.settings), ...keys };
  const server = await startServer({ jail, place, more, said }, stop);
  try {
    const service = await opened({ server, jail, database: undefined, version });
    const sound = request.restored.findings.every(({ outcome }) => outcome !== 'failed');
    return { ...service, start: async () => withKeysTried(await service.start(stop), sound ? files.keys : null) };
  } catch (error) {
    await end(server);
    throw error;
  }
}

/** Throws ServiceError: a tool of ours that restored something else. */
function filesOf({ restored }: OpenRequest): MariadbFiles {
  const read = MariadbFiles.safeParse(restored.layout);
  if (read.success) return read.data;
  throw new ServiceError('start-failed', 'what was restored are no files of a MariaDB server', {
    hint: 'Leave `service:` out of the component, or name the engine of its backup tool.',
    cause: read.error,
  });
}

interface Opening {
  readonly server: StartedServer;
  readonly jail: PrepareRequest['jail'];
  readonly database: string | undefined;
  readonly version: string;
}

async function opened({ server, jail, database, version }: Opening): Promise<OpenedService> {
  const text = `show global variables where variable_name in (${RECORDED.map(name => `'${name}'`).join(', ')})`;
  const rows = await ask(server.socket, { text, rows: 100, timeLimitMs: SQL_MS });
  const settings = Object.fromEntries(rows.map(row => [String(row['Variable_name']), String(row['Value'])]));
  const major = majorOf(version);
  return {
    ...{ engine: 'mariadb', major, settings },
    tools: [{ name: 'mariadbd', version: settings['version'] ?? version }],
    start: () => runService({ server, jail, major, database }),
    stop: () => end(server),
  };
}

/** A server over empty data. Kept data on which none starts are damaged: then they go, and new ones are made. */
async function startEmpty(order: ServerOrder, with_: { readonly kept: EmptyData; readonly stop: AbortSignal }): Promise<StartedServer> {
  const { jail, place } = order;
  const { kept, stop } = with_;
  if (await kept.copyTo(place.data)) {
    await jail.own(place.data);
    try {
      return await startServer(order, stop);
    } catch (error) {
      if (stop.aborted || jail.limitHit() !== undefined) throw error;
      await kept.drop();
    }
  }
  for (const name of await readdir(place.data)) await rm(join(place.data, name), { recursive: true, force: true });
  await initialise(order, stop);
  await kept.keep(place.data);
  return startServer(order, stop);
}

async function keptOf({ cache }: PrepareRequest, version: string): Promise<EmptyData> {
  if (cache === undefined) return notKept;
  const { size, mtimeMs } = await stat(SERVER);
  const name = `${version}-${size}-${Math.round(mtimeMs)}`;
  return keptData({ folder: join(cache, 'mariadb-data'), name, family: '', mark: 'mysql_upgrade_info' });
}

async function serverVersion({ section }: PrepareRequest, stop: AbortSignal): Promise<string> {
  const found = await findProgram(NEED, stop);
  if (lacks(found)) {
    const { message, hint } = sayLack(NEED, found);
    throw new ServiceError('version-unavailable', message, { hint });
  }
  const wanted = section?.version ?? undefined;
  if (wanted === undefined || wanted === majorOf(found.version)) return found.version;
  throw new ServiceError('version-unavailable', `MariaDB ${wanted} is needed; on this machine there is ${found.version}`, {
    hint: 'Install that version of mariadb-server, or leave `version` out of the plan.',
  });
}

function majorOf(version: string): number {
  return Number(/^\d+/.exec(version)?.[0] ?? 0);
}

/** Whatever is in memory is lost: nothing of a drill's data is wanted any more. */
async function end(server: StartedServer): Promise<void> {
  if (server.ended() === undefined) await server.process.stop('SIGKILL', 2_000);
}
