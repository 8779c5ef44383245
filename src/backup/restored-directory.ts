import type { Mount } from './target.ts';

/** Where a restored directory is in the jail: the settings of the server, and its data. */
export const CONFIG_AT = '/directory/config';
export const DATA_AT = '/directory/data';
/** Name of the socket, in its folder: of a directory in use that is its own folder. */
export const LDAPI = 'ldapi';
/** As whom we ask it: whoever comes through its socket. No entry of a backup has a name without a parent. */
export const OUR_NAME = 'cn=resurgam-drill';
export const SLAPD = { file: '/usr/sbin/slapd', package: 'slapd', asks: ['-VV'], least: '2.4' } as const;

/** What a tool that restores a directory tells the service over it (`Restored.layout`). */
export interface DirectoryLayout {
  /** Name of the topmost entry. */
  readonly suffix: string;
}

/** What it says of the backup (`Restored.says.directory`). */
export interface SaidOfDirectory {
  readonly entries: number | null;
  /** The source loaded modules that this machine lacks. */
  readonly modulesMissing: boolean;
}

/** Both parts of a restored directory, for programs in the jail. */
export function directoryMounts(folder: string): readonly Mount[] {
  return [
    { from: `${folder}/config`, at: CONFIG_AT, write: true },
    { from: `${folder}/data`, at: DATA_AT, write: true },
  ];
}

export function layoutOfDirectory(layout: Readonly<Record<string, unknown>> | undefined): DirectoryLayout | undefined {
  const suffix = layout?.['suffix'];
  return typeof suffix === 'string' && suffix !== '' ? { suffix } : undefined;
}

export function saidOfDirectory(says: Readonly<Record<string, unknown>>): SaidOfDirectory {
  const said = says['directory'];
  const entries = typeof said === 'object' && said !== null && 'entries' in said ? said.entries : null;
  const missing = typeof said === 'object' && said !== null && 'modulesMissing' in said && said.modulesMissing === true;
  return { entries: typeof entries === 'number' ? entries : null, modulesMissing: missing };
}
