import { basename, dirname } from 'node:path';
import type { InPlaceRequest } from '../in-place.ts';
import { upIf, wouldWrite } from '../in-use.ts';
import type { RunningService } from '../service.ts';
import { sessionsAt } from './session.ts';

/** One that runs on this machine, as whoever may do everything there through its socket. Reads only. */
export async function inPlace({ server, folder }: InPlaceRequest): Promise<RunningService> {
  if (server === undefined) throw new Error('a server without a socket');
  const at = { folder: dirname(server.socket), name: basename(server.socket), user: server.user };
  const sql = sessionsAt(at, server.database ?? undefined);
  const said = await sql(`select version() as version, @@datadir as folder`).catch(() => []);
  const isIt = String(said[0]?.['folder']).replace(/\/+$/, '') === folder;
  const answers = (): Promise<boolean> =>
    sql('select 1 as one').then(
      () => true,
      () => false,
    );
  const asked: RunningService['sql'] = async (text, options = {}) => {
    if (options.write === true) throw wouldWrite();
    return sql(text, options);
  };
  return {
    ...{ engine: 'mariadb', major: isIt ? Number.parseInt(String(said[0]?.['version']), 10) : 0, findings: [], ready: isIt },
    ...{ sql: asked, stillUp: () => upIf(answers()) },
  };
}
