import { join } from 'node:path';
import { z } from 'zod';
import type { ServerRequest, TargetServer } from '../../backup/target.ts';
import { finding, type Finding } from '../../finding/finding.ts';
import { readdir, rm } from '../../system/files.ts';
import { findClients, type PostgresBinaries } from '../../system/postgres-binaries.ts';
import { notKept, type EmptyData } from '../../system/kept-data.ts';
import type { PreparedService, PrepareRequest, Service } from '../service.ts';
import { chooseServer } from './choose.ts';
import { makeDatabase, RESTORED } from './database.ts';
import { open } from './open.ts';
import { clientsIn, furnishServer, SOCKET_AT, type ServerPlace } from './place.ts';
import { runService } from './running.ts';
import { initialise, startServer, stopServer, type ServerOrder, type StartedServer } from './server.ts';
import { RECORDED } from './settings.ts';
import { templateIn } from './template.ts';

const SQL_MS = 10 * 60_000;

const options = {
  /** Folder of PostgreSQL programs (`postgres`, `initdb`, perhaps `pg_restore`) instead of those that are found. */
  binaries: z.string().startsWith('/').optional(),
  /** Collect statistics before the questions. Takes time that counts; without it slow queries may be slower than in production. */
  analyze: z.boolean().default(false),
  /** Of a restored cluster with several databases: which one is asked. Default: the largest. */
  database: z.string().min(1).max(63).optional(),
  /** Of a restored cluster: its superuser, if that is not `postgres`. */
  superuser: z.string().min(1).max(63).optional(),
};

/** The PostgreSQL server: the same major version as the source, in the jail, on a Unix socket and nothing else. */
export function postgresService(): Service & Required<Pick<Service, 'prepare' | 'open'>> {
  return { engine: 'postgres', options, prepare, open };
}

async function prepare(request: PrepareRequest, stop: AbortSignal): Promise<PreparedService> {
  const { jail } = request;
  const given = request.section?.options['binaries'] as string | undefined;
  const [binaries, clients] = await Promise.all([chooseServer(request, given), findClients(given)]);
  const place = await furnishServer(jail, binaries);
  const template = request.cache === undefined ? notKept : await templateIn(request.cache, binaries);
  const server = await startEmpty({ jail, place, major: binaries.major }, template, stop);
  try {
    const made = await makeDatabase(server.pool, request.needs?.settings ?? {}, binaries.major);
    const target = targetOf(server, { major: binaries.major, place, clients });
    const first = await target.sql(
      'select name, setting, pg_postmaster_start_time()::text as at from pg_settings where name = any($1) order by name',
      [[...RECORDED]],
    );
    const settings = Object.fromEntries(first.map(row => [String(row['name']), String(row['setting'])]));
    return {
      ...{ engine: 'postgres', major: binaries.major },
      server: target,
      tools: [{ name: 'postgres', version: settings['server_version'] ?? binaries.version }],
      settings,
      start: signal =>
        runService(
          {
            server,
            jail,
            major: binaries.major,
            database: RESTORED,
            startedAt: first[0]?.['at'],
            analyze: request.section?.options['analyze'] === true,
            socket: place.socket,
            findings: made.localeMissing ? [localeMissing(request.needs)] : [],
          },
          signal,
        ),
      stop: () => stopServer(server),
    };
  } catch (error) {
    await stopServer(server);
    throw error;
  }
}

/** A server over an empty cluster. A kept one on which none starts is damaged: then it goes, and a new one is made. */
async function startEmpty(order: ServerOrder, template: EmptyData, stop: AbortSignal): Promise<StartedServer> {
  const { jail, place } = order;
  if (await template.copyTo(place.data)) {
    await jail.own(place.data);
    try {
      return await startServer(order, stop);
    } catch (error) {
      if (stop.aborted || jail.limitHit() !== undefined) throw error;
      await template.drop();
    }
  }
  await emptyFolder(place.data);
  await initialise(order, stop);
  await template.keep(place.data);
  return startServer(order, stop);
}

async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
}

interface TargetPlace {
  readonly major: number;
  readonly place: ServerPlace;
  readonly clients: readonly PostgresBinaries[];
}

function targetOf(server: StartedServer, { major, place, clients }: TargetPlace): TargetServer {
  let synced = 0;
  const sql: TargetServer['sql'] = (text, values = []) =>
    server.pool.ask(RESTORED, { question: { text, values, rows: 100_000, timeLimitMs: SQL_MS }, before: [], after: undefined });
  return {
    engine: 'postgres',
    major,
    clientMounts: [{ from: place.socket, at: SOCKET_AT }],
    clientEnv: { PGHOST: SOCKET_AT, PGPORT: '5432', PGUSER: 'postgres', PGDATABASE: RESTORED, PGTZ: 'UTC', LC_ALL: 'C', TZ: 'UTC' },
    clients: clientsIn(clients),
    sql,
    database: RESTORED,
    refused: async () => {
      await settle(server, (synced += 1));
      return server.log.refused();
    },
    alive: () => server.ended() === undefined,
  };
}

/** The log comes through a pipe: a refused statement of our own, once it is seen there, says that all before it is, too. */
async function settle(server: StartedServer, number: number): Promise<void> {
  const text = `resurgam log mark ${number}`;
  const seen = server.log.seen(text);
  const late = new Promise(resolve => setTimeout(resolve, 5_000).unref());
  const question = { text, rows: 1, timeLimitMs: 5_000 };
  await server.pool.ask('postgres', { question, before: [], after: undefined }).catch(() => undefined);
  await Promise.race([seen, late, server.process.ended]);
}

function localeMissing(needs: ServerRequest | null): Finding {
  const { icuLocale, lcCollate, locale, builtinLocale } = needs?.settings ?? {};
  return finding('service.locale-missing', 'inconclusive', {
    probe: 'service',
    required: false,
    expected: icuLocale ?? builtinLocale ?? lcCollate ?? locale ?? null,
  });
}
