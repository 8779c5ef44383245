import { DATA_AT, TABLESPACES_AT } from '../../backup/postgres-files.ts';
import type { HandedOver } from '../new-place.ts';
import { ServiceError } from '../service.ts';
import { notStarted } from '../not-started.ts';
import type { ControlFile } from './control.ts';
import { INSTALL, type ServerOrder, type StartedServer } from './server.ts';

const LONGEST_MS = 2_147_483_647;

/** What only the sandbox left; and whatever is no file, no folder and no tablespace: a server over it would follow a link out of its own folder. */
const TIDY = `set -eu
cd ${DATA_AT}
rm -f -- postmaster.opts postmaster.pid backup_label.old tablespace_map.old current_logfiles recovery.done
chmod 0700 .
find . ! -type f ! -type d ! -path './pg_tblspc/*' -printf 'strange\\n' -quit
find pg_tblspc -mindepth 1 ! -type l -printf 'strange\\n' -quit
if [ -d ${TABLESPACES_AT} ]; then find ${TABLESPACES_AT} ! -type f ! -type d -printf 'strange\\n' -quit; fi
`;

interface Handing {
  readonly order: ServerOrder;
  readonly server: StartedServer | undefined;
  readonly control: ControlFile | 'damaged' | 'unknown';
}

/** A recovered cluster that was shut down in order: whoever starts it next replays nothing. Throws ServiceError. */
export async function handOver({ order, server, control }: Handing, stop: AbortSignal): Promise<HandedOver> {
  const { jail, place } = order;
  if (server === undefined)
    throw new ServiceError('start-failed', 'a server that does not run cannot be shut down', { hint: 'Report this.' });
  await server.pool.close();
  const ended = await server.process.stop('SIGINT', LONGEST_MS);
  if (ended.exitCode !== 0) throw notStarted('postgres', { jail, result: ended, install: INSTALL });
  const run = (file: string, args: readonly string[]) => jail.run({ file, args, env: place.env, mounts: place.mounts }, stop);
  const state = await run(`${place.bin}/pg_controldata`, ['-D', DATA_AT]);
  if (!/^Database cluster state: +shut down$/m.test(state.stdout))
    throw new ServiceError('start-failed', 'the recovered cluster was not shut down in order', {
      hint: 'Go on with --resume; report this if it stays so.',
    });
  const tidied = await run('/bin/sh', ['-c', TIDY]);
  if (tidied.exitCode !== 0) throw notStarted('sh', { jail, result: tidied, install: INSTALL });
  if (tidied.stdout !== '')
    throw new ServiceError('start-failed', 'the recovered cluster holds links or devices that no server makes', {
      hint: 'Do not put it in place: have the backup looked at by whoever keeps it.',
    });
  return { settings: typeof control === 'object' ? control.settings : {} };
}
