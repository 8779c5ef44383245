import type { SharedSocket } from '../service.ts';

export const STORAGE_AT = '/pacs/storage';
export const INDEX_AT = '/pacs/index';
export const CONFIG_AT = '/pacs/config';
export const HTTP_PORT = 8042;
export const DICOM_PORT = 4242;
/** As which the restored archive answers. */
export const TITLE = 'RESTORED';

/**
 * Settings of the server over restored images. Ours alone: whom the source knew, forwarded to or let in must not act here. Nothing is
 * taken away to make room, whatever the source was told.
 */
export const SETTINGS = {
  Name: 'restored',
  StorageDirectory: STORAGE_AT,
  IndexDirectory: INDEX_AT,
  HttpPort: HTTP_PORT,
  DicomPort: DICOM_PORT,
  DicomAet: TITLE,
  DicomCheckCalledAet: false,
  DicomAlwaysAllowEcho: true,
  DicomAlwaysAllowStore: false,
  DicomAlwaysAllowFind: true,
  DicomAlwaysAllowGet: true,
  RemoteAccessAllowed: true,
  AuthenticationEnabled: false,
  Plugins: [],
  DicomModalities: {},
  OrthancPeers: {},
  SaveJobs: false,
  MaximumPatientCount: 0,
  MaximumStorageSize: 0,
  LimitFindResults: 0,
  LimitFindInstances: 0,
  StorageAccessOnFind: 'Never',
  LuaScripts: [],
  ExecuteLuaEnabled: false,
} as const;

/** Where the socket of the server with the index is, in the jail. */
export const DATABASE_AT = '/pacs/database';
export const PLUGIN = '/usr/share/orthanc/plugins/libOrthancPostgreSQLIndex.so';

/** The same, with the index in a restored PostgreSQL. */
export function withDatabase({ port, user, database }: Pick<SharedSocket, 'port' | 'user' | 'database'>): object {
  const place = { Host: DATABASE_AT, Port: port, Database: database, Username: user, Password: '' };
  // Whoever held its lock in the source is not here.
  return {
    ...SETTINGS,
    Plugins: [PLUGIN],
    PostgreSQL: { EnableIndex: true, EnableStorage: false, Lock: false, EnableSsl: false, ...place },
  };
}
