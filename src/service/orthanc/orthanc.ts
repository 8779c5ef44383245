import { join } from 'node:path';
import { z } from 'zod';
import { finding } from '../../finding/finding.ts';
import { exists, writeFile } from '../../system/files.ts';
import { lines } from '../../system/lines.ts';
import { findProgram, lacks, sayLack } from '../../system/program.ts';
import { notInstalled } from '../not-started.ts';
import { readIn } from '../read-in.ts';
import {
  ServiceError,
  speaksNoSql,
  type OpenedService,
  type OpenRequest,
  type RunningService,
  type Service,
  type SharedSocket,
} from '../service.ts';
import { findIndex, findStorage, hasIndex } from './find.ts';
import { restoredImages } from './images.ts';
import { PROGRAM, startOrthanc, type StartedOrthanc } from './server.ts';
import { PLUGIN, SETTINGS, withDatabase } from './settings.ts';

const PROBE = 'service';
const STOP_MS = 2_000;
const below = (what: string): z.ZodOptional<z.ZodString> =>
  z
    .string()
    .regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$)).+$/, { error: 'expected a path below the restored folder' })
    .optional()
    .meta({ description: what });

/** An Orthanc over restored images and their index, in the jail. */
export function orthancService(): Service {
  return {
    engine: 'orthanc',
    options: {
      storage: below('Folder of the images below the restored folder (StorageDirectory). Default: that of the index.'),
      database: z
        .string()
        .min(1)
        .optional()
        .meta({ description: 'Component that holds the index in PostgreSQL; to be named under needs: too. Without it: SQLite.' }),
      index: below('Folder of the index below the restored folder (IndexDirectory). Default: where a file `index` of SQLite is found.'),
    },
    open,
  };
}

async function open(request: OpenRequest, stop: AbortSignal): Promise<OpenedService> {
  const found = await findProgram(PROGRAM, stop);
  if (lacks(found)) throw notInstalled(sayLack(PROGRAM, found), stop);
  let server: StartedOrthanc | undefined;
  return {
    ...{ engine: 'orthanc', major: 1, settings: {}, tools: [{ name: 'orthanc', version: found.version }] },
    start: async signal => {
      const index = await indexOf(request, signal);
      if (index === undefined) return withoutIndex(request);
      const started = await start(request, index, signal);
      if (!('process' in started)) return notReady(request, started);
      server = started;
      return running(request, started);
    },
    stop: async () => {
      server?.http.close();
      // What it would still write, nobody wants any more.
      if (server?.ended() === undefined) await server?.process.stop('SIGKILL', STOP_MS);
    },
  };
}

function pathOption({ section }: OpenRequest, name: 'storage' | 'index'): string | undefined {
  const given = section?.options[name];
  return typeof given === 'string' ? given : undefined;
}

/** Where images and index are: both below the restored folder, or the index in a server that another component brought back. */
interface Index {
  readonly storage: string;
  readonly index: string;
  readonly database: SharedSocket | undefined;
}

async function indexOf(request: OpenRequest, stop: AbortSignal): Promise<Index | undefined> {
  const { jail, folder } = request;
  const needed = request.section?.options['database'];
  if (typeof needed === 'string') return inDatabase(request, needed, stop);
  const named = pathOption(request, 'index');
  const there = named === undefined || (await hasIndex({ jail, folder, path: named }, stop));
  const index = named === undefined ? await findIndex({ jail, folder }, stop) : there ? named : undefined;
  return index === undefined ? undefined : { storage: pathOption(request, 'storage') ?? index, index, database: undefined };
}

/** Orthanc would make new tables where there are none. */
async function inDatabase(request: OpenRequest, needed: string, stop: AbortSignal): Promise<Index | undefined> {
  const server = request.needed?.get(needed);
  if (server?.ready !== true || server.share === undefined) {
    throw new ServiceError('start-failed', `the component ${needed}, which should hold the index, does not run as a server`, {
      hint: 'Name it under `needs:` too, and look for its own findings.',
    });
  }
  if (!(await exists(PLUGIN))) {
    throw new ServiceError('library-missing', 'the plugin of Orthanc for an index in PostgreSQL is not installed', {
      hint: 'Install it: apt-get install orthanc-postgresql',
    });
  }
  const rows = await server.sql("select to_regclass('public.resources') is not null as there", { stop });
  if (rows[0]?.['there'] !== true) return undefined;
  const storage = pathOption(request, 'storage') ?? (await findStorage(request, stop)) ?? '.';
  return { storage, index: storage, database: await server.share(stop) };
}

async function start(request: OpenRequest, at: Index, stop: AbortSignal): Promise<StartedOrthanc | RunningService['findings']> {
  const { jail, folder } = request;
  const [config, ports] = await Promise.all([jail.makeFolder('pacs-config'), jail.makeFolder('pacs-ports')]);
  await writeFile(join(config, 'orthanc.json'), JSON.stringify(at.database === undefined ? SETTINGS : withDatabase(at.database)));
  // It does not start without one; an empty one is UTC.
  await writeFile(join(config, 'localtime'), '');
  await Promise.all([jail.own(config), jail.own(folder)]);
  const places = { storage: join(folder, at.storage), index: join(folder, at.index), database: at.database?.folder };
  return startOrthanc({ request, config, ports, ...places }, stop);
}

/** Over an empty folder Orthanc makes itself a new index, and knows of no image: it would look healthy. */
function withoutIndex(request: OpenRequest): RunningService {
  return notReady(request, [finding('service.index-missing', 'failed', { probe: PROBE })]);
}

function notReady(request: OpenRequest, findings: RunningService['findings']): RunningService {
  const stillUp: RunningService['stillUp'] = () => Promise.resolve(finding('service.died', 'inconclusive', { probe: PROBE }));
  return { engine: 'orthanc', major: 1, ready: false, findings, sql: speaksNoSql('orthanc'), files: readIn(request, lines), stillUp };
}

async function running(request: OpenRequest, server: StartedOrthanc): Promise<RunningService> {
  const up = await server.up();
  const ready = up.outcome === 'passed';
  return {
    ...{ engine: 'orthanc', major: 1, ready, sql: speaksNoSql('orthanc'), files: readIn(request, lines) },
    findings: [ready ? finding('service.ready', 'passed', { probe: PROBE, latencyMs: up.latencyMs }) : up],
    http: { ask: (asked, stop) => server.ask(asked, stop) },
    images: restoredImages({ jail: request.jail, http: server.http, ports: server.ports }),
    stillUp: () => server.up(),
  };
}
