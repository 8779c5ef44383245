import { dirname, join } from 'node:path';
import { DATA_AT } from '../../backup/postgres-files.ts';
import type { Jail, Mount, TargetServer } from '../../backup/target.ts';
import { symlink } from '../../system/files.ts';
import type { PostgresBinaries } from '../../system/postgres-binaries.ts';

/** Where things are in the jail: short and fixed, so that a socket's path never comes near its 107 bytes. */
export const SOCKET_AT = '/postgres/socket';
const SERVER_AT = '/postgres/server';
const LINKS_AT = '/postgres/links';

/** What the server's programs need in the jail. */
export interface ServerPlace {
  readonly bin: string;
  readonly env: Readonly<Record<string, string>>;
  /** Read-only programs, and the writable data and socket folders. */
  readonly mounts: readonly Mount[];
  /** Host paths of the data and of the socket folder. */
  readonly data: string;
  readonly socket: string;
}

/**
 * Makes the folders of one server, around `restored` data if there are some. A distribution's programs are in the jail already; others are mounted with
 * the folder above `bin`.
 */
export async function furnishServer(jail: Jail, binaries: PostgresBinaries, restored?: string): Promise<ServerPlace> {
  const [data, socket] = await Promise.all([restored ?? jail.makeFolder('postgres-data'), jail.makeFolder('postgres-socket')]);
  const links = await linkLibraries(jail, binaries);
  return {
    bin: visible(binaries.bin) ? binaries.bin : join(SERVER_AT, 'bin'),
    env: { LC_ALL: 'C', TZ: 'UTC', ...(links.length === 0 ? {} : { LD_LIBRARY_PATH: `${LINKS_AT}:${SERVER_AT}/lib` }) },
    mounts: [
      ...(visible(binaries.bin) ? [] : [{ from: dirname(binaries.bin), at: SERVER_AT }]),
      ...links,
      { from: data, at: DATA_AT, write: true },
      { from: socket, at: SOCKET_AT, write: true },
    ],
    ...{ data, socket },
  };
}

/** Client programs, each where the jail will see it. */
export function clientsIn(found: readonly PostgresBinaries[]): TargetServer['clients'] {
  return found.map(({ bin, major, version }) => {
    const at = `/postgres/client-${major}`;
    return visible(bin)
      ? { major, version, bin, mounts: [] }
      : { major, version, bin: join(at, 'bin'), mounts: [{ from: dirname(bin), at }] };
  });
}

/** The jail shows the host's `/usr`, but nothing of `/usr/local`. */
function visible(path: string): boolean {
  return path.startsWith('/usr/') && !path.startsWith('/usr/local/');
}

/** The links lie in a folder of the jail and lead to where the package is mounted, so a read-only `node_modules` is no obstacle. */
async function linkLibraries(jail: Jail, binaries: PostgresBinaries): Promise<readonly Mount[]> {
  if (binaries.links.length === 0) return [];
  const folder = await jail.makeFolder('postgres-links');
  await Promise.all(binaries.links.map(({ name, target }) => symlink(join(SERVER_AT, target), join(folder, name))));
  return [{ from: folder, at: LINKS_AT }];
}
