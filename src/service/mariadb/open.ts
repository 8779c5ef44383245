import { keySettings, layoutArguments, MariadbFiles } from '../../backup/mariadb-files.ts';
import { ServiceError, type OpenedService, type OpenRequest } from '../service.ts';
import { handOver } from './hand-over.ts';
import { furnishKeys, withKeysTried } from './keys.ts';
import { furnishServer } from './place.ts';
import { replay } from './replay.ts';
import { end, opened, serverVersion } from './opened.ts';
import { startServer } from './server.ts';

/** Over files that a tool restored, which are at rest; their binary logs are replayed before anybody asks. */
export async function open(request: OpenRequest, stop: AbortSignal): Promise<OpenedService> {
  const { jail, restored } = request;
  const version = await serverVersion(request, stop);
  refuseOtherSeries(request, version);
  const { settings, keys, binlogs } = filesOf(request);
  const place = await furnishServer(jail, { restored: request.folder, zone: request.needs?.settings['zone'] });
  const more = { ...layoutArguments(settings), ...(await furnishKeys(request, { config: place.config, keys })) };
  const said = (text: string): void => request.toolLog('mariadbd', text);
  const server = await startServer({ jail, place, more, said }, stop);
  // Damaged pages would look like pages under another key.
  const tried = restored.findings.every(({ outcome }) => outcome !== 'failed') ? keys : null;
  try {
    const service = await opened({ server, jail, database: undefined, version });
    return {
      ...service,
      start: async signal => {
        const replayed = binlogs === null ? [] : await replay({ request, place, binlogs }, signal);
        const running = await withKeysTried(await service.start(signal), tried);
        return { ...running, findings: [...replayed, ...running.findings] };
      },
      handOver: async (to, signal) => {
        const handed = await handOver({ jail, place, server, made: undefined }, to, signal);
        return { ...handed, settings: { ...layoutArguments(settings), ...keySettings(keys, to.keys ?? '') } };
      },
    };
  } catch (error) {
    await end(server);
    throw error;
  }
}

function refuseOtherSeries({ needs }: OpenRequest, version: string): void {
  const series = needs?.settings['series'];
  if (series === undefined || `${version}.`.startsWith(`${series}.`)) return;
  throw new ServiceError('version-unavailable', `files of MariaDB ${series} were restored; on this machine there is ${version}`, {
    hint: `Drill on a machine with mariadb-server ${series}: another version may not read the files, or changes them.`,
  });
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
