import { join } from 'node:path';
import { z } from 'zod';
import { finding } from '../../finding/finding.ts';
import { writeFile } from '../../system/files.ts';
import { lines } from '../../system/lines.ts';
import { findProgram, lacks, sayLack } from '../../system/program.ts';
import { readIn } from '../read-in.ts';
import { ServiceError, speaksNoSql, type OpenedService, type OpenRequest, type RunningService, type Service } from '../service.ts';
import { findIndex, hasIndex } from './find.ts';
import { restoredImages } from './images.ts';
import { PROGRAM, startOrthanc, type StartedOrthanc } from './server.ts';
import { SETTINGS } from './settings.ts';

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
      index: below('Folder of the index below the restored folder (IndexDirectory). Default: where a file `index` of SQLite is found.'),
    },
    open,
  };
}

async function open(request: OpenRequest, stop: AbortSignal): Promise<OpenedService> {
  const found = await findProgram(PROGRAM, stop);
  if (lacks(found)) {
    const { message, hint } = sayLack(PROGRAM, found);
    throw new ServiceError('version-unavailable', message, { hint });
  }
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

async function indexOf(request: OpenRequest, stop: AbortSignal): Promise<string | undefined> {
  const { jail, folder } = request;
  const named = pathOption(request, 'index');
  if (named === undefined) return findIndex({ jail, folder }, stop);
  return (await hasIndex({ jail, folder, path: named }, stop)) ? named : undefined;
}

async function start(request: OpenRequest, index: string, stop: AbortSignal): Promise<StartedOrthanc | RunningService['findings']> {
  const { jail, folder } = request;
  const [config, ports] = await Promise.all([jail.makeFolder('pacs-config'), jail.makeFolder('pacs-ports')]);
  await writeFile(join(config, 'orthanc.json'), JSON.stringify(SETTINGS));
  // It does not start without one; an empty one is UTC.
  await writeFile(join(config, 'localtime'), '');
  await Promise.all([jail.own(config), jail.own(folder)]);
  const storage = pathOption(request, 'storage') ?? index;
  return startOrthanc({ request, config, ports, storage: join(folder, storage), index: join(folder, index) }, stop);
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
