import { basename, dirname } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import type { InPlaceRequest } from '../in-place.ts';
import { ServiceError, type RunningService } from '../service.ts';
import { sessionsAt } from './session.ts';

const PROBE = 'service';

/** One that runs on this machine, as whoever may do everything there through its socket. Reads only. */
export async function inPlace({ server, folder }: InPlaceRequest): Promise<RunningService> {
  if (server === undefined) throw new Error('a server without a socket');
  const at = { folder: dirname(server.socket), name: basename(server.socket), user: server.user };
  const sql = sessionsAt(at, server.database ?? undefined);
  const said = await sql(`select version() as version, @@datadir as folder`).catch(() => []);
  const isIt = String(said[0]?.['folder']).replace(/\/+$/, '') === folder;
  const up = (): Promise<Finding> =>
    sql('select 1 as one').then(
      () => finding('service.up', 'passed', { probe: PROBE }),
      () => finding('service.no-answer', 'inconclusive', { probe: PROBE }),
    );
  const asked: RunningService['sql'] = async (text, options = {}) => {
    if (options.write !== true) return sql(text, options);
    throw new ServiceError('query-failed', 'what would write is not asked of a server in use', { hint: 'Ask it in a drill.' });
  };
  return {
    ...{ engine: 'mariadb', major: isIt ? Number.parseInt(String(said[0]?.['version']), 10) : 0, findings: [], ready: isIt },
    ...{ sql: asked, stillUp: up },
  };
}
