import { findProgram, lacks, sayLack } from '../../system/program.ts';
import { notInstalled } from '../not-started.ts';
import { ServiceError, type OpenedService, type PrepareRequest } from '../service.ts';
import { ask } from './ask.ts';
import { runService } from './running.ts';
import { SERVER, type StartedServer } from './server.ts';
import { RECORDED } from './settings.ts';

export const SQL_MS = 10 * 60_000;
const NEED = { file: SERVER, package: 'mariadb-server', least: '10.5' };

interface Opening {
  readonly server: StartedServer;
  readonly jail: PrepareRequest['jail'];
  readonly database: string | undefined;
  readonly version: string;
}

/** A started server, as what runs over it needs it. */
export async function opened({ server, jail, database, version }: Opening): Promise<OpenedService> {
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

/** Of the server of this machine. Throws ServiceError `version-unavailable`. */
export async function serverVersion({ section }: PrepareRequest, stop: AbortSignal): Promise<string> {
  const found = await findProgram(NEED, stop);
  if (lacks(found)) throw notInstalled(sayLack(NEED, found), stop);
  const wanted = section?.version ?? undefined;
  if (wanted === undefined || wanted === majorOf(found.version)) return found.version;
  throw new ServiceError('version-unavailable', `MariaDB ${wanted} is needed; on this machine there is ${found.version}`, {
    hint: 'Install that version of mariadb-server, or leave `version` out of the plan.',
  });
}

export function majorOf(version: string): number {
  return Number(/^\d+/.exec(version)?.[0] ?? 0);
}

/** Whatever is in memory is lost: nothing of a drill's data is wanted any more. */
export async function end(server: StartedServer): Promise<void> {
  if (server.ended() === undefined) await server.process.stop('SIGKILL', 2_000);
}
