import { join } from 'node:path';
import type { Jail, Mount } from '../../backup/target.ts';
import { writeFile } from '../../system/files.ts';

export const SOCKET_AT = '/mariadb/socket';
export const SOCKET_NAME = 'server.sock';
export const DATA_AT = '/mariadb/data';
export const CONFIG_AT = '/mariadb/config';
/** What it sorts and rebuilds counts against the disk limit too. */
const TEMPORARY_AT = '/mariadb/temporary';
/** Our own account: those of a backup may have any password. */
export const USER = 'resurgam_drill';

/** What the server's programs need in the jail. */
export interface ServerPlace {
  readonly env: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  /** Host paths of the data, of the socket folder, and of what the server and its clients read. */
  readonly data: string;
  readonly socket: string;
  readonly config: string;
  /** For clients in the jail: the socket, and the file that names it and our account. */
  readonly clientMounts: readonly Mount[];
  /** Where programs may put what they need for a while. */
  readonly temporaryMounts: readonly Mount[];
}

/** Run by the server itself at each start, so that our account is there whatever a backup brought along. */
const ACCOUNT = [
  `CREATE OR REPLACE USER ${USER}@localhost;`,
  `GRANT ALL PRIVILEGES ON *.* TO ${USER}@localhost WITH GRANT OPTION;`,
  // Dumps of accounts hand it on.
  `REPLACE INTO mysql.proxies_priv (host, user, proxied_host, proxied_user, with_grant, grantor) VALUES ('localhost', '${USER}', '', '', 1, '');`,
  'FLUSH PRIVILEGES;',
  'SET GLOBAL event_scheduler = OFF;',
].join('\n');

interface Furnishing {
  /** The data are there already. */
  readonly restored?: string | undefined;
  /** Time zone of the source's machine, for statements that are run again; default UTC. */
  readonly zone?: string | undefined;
}

/** Makes the folders of one server. */
export async function furnishServer(jail: Jail, { restored, zone = 'UTC' }: Furnishing = {}): Promise<ServerPlace> {
  const [data, socket, config, temporary] = await Promise.all([
    restored ?? jail.makeFolder('mariadb-data'),
    jail.makeFolder('mariadb-socket'),
    jail.makeFolder('mariadb-config'),
    jail.makeFolder('mariadb-temporary'),
  ]);
  await writeFile(join(config, 'account.sql'), `${ACCOUNT}\n`);
  await writeFile(join(config, 'my.cnf'), `[client]\nuser=${USER}\nsocket=${SOCKET_AT}/${SOCKET_NAME}\n`);
  await Promise.all([jail.own(config), ...(restored === undefined ? [] : [jail.own(restored)])]);
  const clientMounts = [
    { from: socket, at: SOCKET_AT },
    { from: config, at: CONFIG_AT },
  ];
  const temporaryMounts = [{ from: temporary, at: TEMPORARY_AT, write: true }];
  return {
    env: { LC_ALL: 'C', TZ: zone, HOME: '/nonexistent', TMPDIR: TEMPORARY_AT },
    mounts: [
      { from: data, at: DATA_AT, write: true },
      { from: socket, at: SOCKET_AT, write: true },
      { from: config, at: CONFIG_AT },
      ...temporaryMounts,
    ],
    ...{ data, socket, config, clientMounts, temporaryMounts },
  };
}
