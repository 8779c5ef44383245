import { PostgresFiles } from '../../backup/postgres-files.ts';
import { ServiceError, type OpenedService, type OpenRequest } from '../service.ts';
import { chooseServer } from './choose.ts';
import { readControl } from './control.ts';
import { handOver } from './hand-over.ts';
import { keep } from './kept.ts';
import { recoverAndRun } from './recover.ts';
import { clearSettings, furnishRestored } from './restored-place.ts';
import { flush, stopServer, type StartedServer } from './server.ts';
import { walkOver } from './walk.ts';

/** A server over restored files of the same major version, as it recovers: settings are ours, and the archived log lies beside it, read-only. */
export async function open(request: OpenRequest, stop: AbortSignal): Promise<OpenedService> {
  const { jail, section } = request;
  const files = filesOf(request);
  const needs = { engine: 'postgres', major: files.major, settings: {} };
  const binaries = await chooseServer({ jail, section: null, needs }, section?.options['binaries'] as string | undefined);
  const place = await furnishRestored(request, files, binaries);
  const order = { jail, place, major: binaries.major, superuser: section?.options['superuser'] as string | undefined };
  const found = await clearSettings(jail, place, stop);
  const control = await readControl(order, stop);
  // A cluster that no server starts over leads to no moment.
  const kept = request.keep === true && control !== 'damaged' ? await keep(jail, request.folder, stop) : undefined;
  const settings: Record<string, string> = {};
  let server: StartedServer | undefined;
  const recovery = { request, files, order, found, control, binaries };
  const end = async (): Promise<void> => {
    if (server !== undefined) await stopServer(server);
  };
  return {
    ...{ engine: 'postgres', major: binaries.major },
    tools: [{ name: 'postgres', version: binaries.version }],
    settings,
    start: async signal => {
      const started = await recoverAndRun(recovery, signal);
      server = started.server;
      Object.assign(settings, started.settings);
      return started.running;
    },
    stop: end,
    handOver: (_to, signal) => handOver({ order, server, control }, signal),
    ...(kept === undefined
      ? {}
      : {
          walk: async signal => {
            const flushed = await flush(server);
            await end();
            return walkOver({ recovery, kept, flushed }, signal);
          },
        }),
  };
}

/** Throws ServiceError: a tool of ours that restored something else. */
function filesOf({ restored }: OpenRequest): PostgresFiles {
  const read = PostgresFiles.safeParse(restored.layout);
  if (read.success) return read.data;
  throw new ServiceError('start-failed', 'what was restored is no PostgreSQL cluster', {
    hint: 'Leave `service:` out of the component, or name the engine of its backup tool.',
    cause: read.error,
  });
}
