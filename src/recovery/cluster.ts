import { join } from 'node:path';
import type { ClusterPlace } from '../plan/target.ts';
import type { Account } from '../system/account.ts';
import { cp, exists, readdir, symlink, unlink, writeFile } from '../system/files.ts';
import type { Delivery } from './folder.ts';

/** What of a restored cluster goes to the target. */
export interface RestoredCluster {
  readonly place: ClusterPlace;
  readonly owner: Account;
  /** Host folder in the sandbox with `data`, and perhaps `tablespaces` and `settings`. */
  readonly folder: string;
  readonly superuser: string;
  /** What its source had at least. */
  readonly settings: Readonly<Record<string, string>>;
  readonly recovery: string;
}

/** Where the tablespaces of a cluster are put. */
export function tablespacesOf({ folder, tablespaces }: ClusterPlace): string {
  return tablespaces ?? `${folder}.tablespaces`;
}

/** Folders of a place, in the order in which they move: the data folder makes it a cluster. */
export async function clusterDeliveries(cluster: RestoredCluster): Promise<readonly Delivery[]> {
  const { place, owner, folder } = cluster;
  const shared = { owner, mode: 0o700 };
  const data = { ...shared, from: join(folder, 'data'), folder: place.folder, complete: (part: string) => complete(cluster, part) };
  const spaces = join(folder, 'tablespaces');
  if (!(await exists(spaces)) || (await readdir(spaces)).length === 0) return [data];
  return [{ ...shared, from: spaces, folder: tablespacesOf(place) }, data];
}

/** Settings of its own; those of the backup, which name programs of another machine, lie beside them and are not used. */
async function complete(cluster: RestoredCluster, part: string): Promise<void> {
  const { place, folder } = cluster;
  const write = (name: string, text: string): Promise<void> => writeFile(join(part, name), text, { mode: 0o600, flag: 'wx' });
  await write('postgresql.conf', settingsText(cluster));
  await write('pg_hba.conf', ACCESS);
  await write('pg_ident.conf', accountsText(cluster));
  if (await exists(join(folder, 'settings'))) await cp(join(folder, 'settings'), join(part, 'from-backup'), { recursive: true });
  for (const number of await readdir(join(part, 'pg_tblspc'))) {
    await unlink(join(part, 'pg_tblspc', number));
    await symlink(join(tablespacesOf(place), number), join(part, 'pg_tblspc', number));
  }
}

export function settingsText({ place, settings, recovery }: Pick<RestoredCluster, 'place' | 'settings' | 'recovery'>): string {
  return [
    `# Written by Resurgam for recovery ${recovery}. What the backup had is in from-backup/, and is not used.`,
    "listen_addresses = 'localhost'",
    `port = ${String(place.port)}`,
    `unix_socket_directories = '${place.socket.replaceAll("'", "''")}'`,
    'logging_collector = on',
    '# Not lower than in the source:',
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
    '# Nothing is archived: turn archiving on once this is the server that is backed up.',
    'archive_mode = off',
    '',
  ].join('\n');
}

/** Who comes through the socket is who he is; over TCP everybody has the password that came back. `md5` takes SCRAM too, where it is stored so. */
const ACCESS = `# Written by Resurgam.
local all all peer map=recovered
host all all 127.0.0.1/32 md5
host all all ::1/128 md5
`;

/** The owner, root and whoever recovered may be the superuser; everybody else is who he is. */
function accountsText({ place, superuser }: RestoredCluster): string {
  const named = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  return [`recovered ${named(place.owner)} ${named(superuser)}`, `recovered root ${named(superuser)}`, 'recovered /^(.*)$ \\1', ''].join(
    '\n',
  );
}
