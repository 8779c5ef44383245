import { join } from 'node:path';
import { MariadbFollowed } from '../../backup/mariadb-files.ts';
import type { TargetServer } from '../../backup/target.ts';
import type { Finding } from '../../finding/finding.ts';
import { readdir, rm, stat } from '../../system/files.ts';
import { keptData, notKept, type EmptyData } from '../../system/kept-data.ts';
import { isSystemSchema } from '../../system/maria-schemas.ts';
import { ServiceError, type CameBack, type PreparedService, type PrepareRequest, type Service } from '../service.ts';
import { ask } from './ask.ts';
import { handOver } from './hand-over.ts';
import { inPlace } from './in-place.ts';
import { open } from './open.ts';
import { end, majorOf, opened, serverVersion, SQL_MS } from './opened.ts';
import { CONFIG_AT, furnishServer } from './place.ts';
import { quoted } from './quoted.ts';
import { replay } from './replay.ts';
import { runService } from './running.ts';
import { initialise, SERVER, startServer, type ServerOrder, type StartedServer } from './server.ts';

/** Into which a dump that names no database is restored in a drill. */
const RESTORED = 'restored';
const LONGEST_NAME = 64;
const SHUTDOWN_MS = 120_000;
/** Access denied, in its three forms. */
const DENIED = new Set([1044, 1045, 1698]);

/** The MariaDB server of this machine, in the jail, on a Unix socket and nothing else. */
export function mariadbService(): Service & Required<Pick<Service, 'prepare' | 'open'>> {
  return { engine: 'mariadb', options: {}, prepare, open, inPlace };
}

async function prepare(request: PrepareRequest, stop: AbortSignal): Promise<PreparedService> {
  const { jail, database = schemaOf(request) } = request;
  const version = await serverVersion(request, stop);
  const place = await furnishServer(jail, { zone: request.needs?.settings['zone'] });
  let server = await startEmpty({ jail, place }, { kept: await keptOf(request, version), stop });
  try {
    await ask(server.socket, {
      text: `create database ${quoted(database)} character set utf8mb4`,
      rows: 1,
      timeLimitMs: SQL_MS,
    });
    const sql: TargetServer['sql'] = (text, values = []) =>
      ask(server.socket, { text, values, rows: 100_000, timeLimitMs: SQL_MS, database });
    const letUsIn = async (signal: AbortSignal): Promise<void> => {
      server = await withOurAccount(server, { jail, place }, signal);
    };
    /** Accounts that the dump brought count from here on: ours may be none of them. */
    const takeAccounts = async (signal: AbortSignal): Promise<void> => {
      await ask(server.socket, { text: 'flush privileges', rows: 1, timeLimitMs: SQL_MS });
      await letUsIn(signal);
    };
    const replayAfter = async ({ restored: { layout }, ...came }: CameBack, signal: AbortSignal): Promise<readonly Finding[]> => {
      if (layout === undefined) return [];
      const { binlogs, ...dump } = MariadbFollowed.parse(layout);
      // They may change accounts that the dump brought.
      await takeAccounts(signal);
      const findings = await replay({ request: { jail, ...came }, place, binlogs, dump }, signal);
      await letUsIn(signal);
      return findings;
    };
    return {
      ...(await opened({ server, jail, database, version })),
      start: async (signal, came) => {
        await letUsIn(signal);
        const replayed = came === undefined ? [] : await replayAfter(came, signal);
        const running = await runService({ server, jail, major: majorOf(version), database });
        return { ...running, findings: [...replayed, ...running.findings] };
      },
      stop: () => end(server),
      handOver: async (to, signal) => {
        await takeAccounts(signal);
        return handOver({ jail, place, server, made: database }, to, signal);
      },
      server: {
        engine: 'mariadb',
        major: majorOf(version),
        clientMounts: place.clientMounts,
        clientEnv: { MYSQL_HOME: CONFIG_AT, ...place.env },
        clients: [{ major: majorOf(version), mounts: [], bin: '/usr/bin', version }],
        sql,
        database,
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

/** Where binary logs follow a dump that names no schema, they name it. */
function schemaOf({ needs }: PrepareRequest): string {
  const { schema } = needs?.settings ?? {};
  return schema === undefined || schema.length > LONGEST_NAME || isSystemSchema(schema) ? RESTORED : schema;
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
