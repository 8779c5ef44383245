import { join } from 'node:path';
import { DATA_AT, TABLESPACES_AT, type PostgresFiles } from '../../backup/postgres-files.ts';
import type { Jail, Mount } from '../../backup/target.ts';
import { exists, writeFile } from '../../system/files.ts';
import type { PostgresBinaries } from '../../system/postgres-binaries.ts';
import type { OpenRequest } from '../service.ts';
import { furnishServer, type ServerPlace } from './place.ts';
import { notStarted } from '../not-started.ts';
import { INSTALL } from './server.ts';

/** Where our settings are, and the archived log. */
export const CONFIG_AT = '/postgres/config';
export const WAL_AT = '/postgres/wal';

/** The place of a server over restored files: their folders, our settings, and the log read-only. */
export async function furnishRestored(request: OpenRequest, files: PostgresFiles, binaries: PostgresBinaries): Promise<ServerPlace> {
  const { jail, folder, staged } = request;
  const place = await furnishServer(jail, binaries, join(folder, files.data));
  const config = await jail.makeFolder('postgres-config');
  await writeFile(join(config, 'postgresql.conf'), '');
  await writeFile(join(config, 'pg_hba.conf'), 'local all all trust\n');
  await writeFile(join(config, 'pg_ident.conf'), '');
  await jail.own(config);
  const tablespaces = join(folder, 'tablespaces');
  const more: Mount[] = [
    { from: config, at: CONFIG_AT },
    ...((await exists(tablespaces)) ? [{ from: tablespaces, at: TABLESPACES_AT, write: true }] : []),
    ...(files.wal === null ? [] : [{ from: join(staged.folder, files.wal), at: WAL_AT }]),
  ];
  return { ...place, mounts: [...place.mounts, ...more] };
}

/** What lay in the data folder that is not the database's: another machine's settings, and what it was about to do. */
export interface Found {
  /** Libraries that its settings load at start. */
  readonly preload: readonly string[];
  readonly hasSettings: boolean;
  /** A server started over it as it is would follow another one, for ever. */
  readonly standby: boolean;
}

const LOOK = `cd ${DATA_AT} || exit 1
for name in postgresql.conf postgresql.auto.conf; do if [ -f $name ]; then echo "file $name"; grep -aiE "^[[:space:]]*shared_preload_libraries" $name | head -c 4096; echo; fi; done
if [ -e standby.signal ]; then echo "file standby.signal"; fi
`;
const CLEAR = `set -eu
cd ${DATA_AT}
chmod 0700 .
chmod -R u+rwX .
rm -rf -- postgresql.conf postgresql.auto.conf pg_hba.conf pg_ident.conf postmaster.pid postmaster.opts current_logfiles \
  recovery.conf recovery.done recovery.signal standby.signal tablespace_map tablespace_map.old
: > postgresql.auto.conf
: > recovery.signal
`;

/** Reads what counts of the backup's settings, and takes all of them away: they are of another machine, and hostile until shown otherwise. */
export async function clearSettings(jail: Jail, place: ServerPlace, stop: AbortSignal): Promise<Found> {
  const run = async (script: string): Promise<string> => {
    const result = await jail.run({ file: '/bin/sh', args: ['-c', script], env: place.env, mounts: place.mounts }, stop);
    if (result.exitCode !== 0) throw notStarted('sh', { jail, result, install: INSTALL });
    return result.stdout;
  };
  const said = await run(LOOK);
  await run(CLEAR);
  return {
    preload: preloadOf(said),
    hasSettings: /^file postgresql\.conf$/m.test(said),
    standby: /^file standby\.signal$/m.test(said),
  };
}

/** The last line counts; of the two files the second one does. */
function preloadOf(text: string): readonly string[] {
  const value = [...text.matchAll(/^\s*shared_preload_libraries\s*=?\s*(.*)$/gim)].at(-1)?.[1] ?? '';
  const list = /^'((?:[^']|'')*)'/.exec(value)?.[1] ?? value.split('#')[0] ?? '';
  return list
    .split(',')
    .map(name => name.trim().replaceAll('"', ''))
    .filter(name => name !== '');
}
