import { join } from 'node:path';
import type { InstancePlace, TargetPlace } from '../plan/target.ts';
import type { Account } from '../system/account.ts';
import { rm, writeFile } from '../system/files.ts';
import type { Delivery } from './folder.ts';
import type { Brought } from './state.ts';

/** What a restored MariaDB server is put into its place with. */
export interface RestoredInstance {
  readonly place: InstancePlace;
  readonly owner: Account;
  /** Host folder in the sandbox: its data folder. */
  readonly from: string;
  /** How its files are laid out. */
  readonly settings: Readonly<Record<string, string>>;
  readonly recovery: string;
}

/** How a server of its own is reached once it was brought; undefined: there is none yet. */
export function instanceAt(
  { instance }: Pick<TargetPlace, 'instance'>,
  brought: Brought | undefined,
):
  | { readonly folder: string; readonly port: number; readonly server: NonNullable<Brought['server']> & { readonly socket: string } }
  | undefined {
  if (instance === undefined || brought?.server == null) return undefined;
  const { folder, port, socket } = instance;
  return { folder, port, server: { ...brought.server, socket } };
}

/** The file of settings, which a server reads no other beside. */
export function settingsFile({ folder }: Pick<InstancePlace, 'folder'>): string {
  return join(folder, 'my.cnf');
}

export function instanceDelivery(instance: RestoredInstance): Delivery {
  const { place, owner, from } = instance;
  const complete = async (part: string): Promise<void> => {
    await rm(settingsFile({ folder: part }), { recursive: true, force: true });
    await writeFile(settingsFile({ folder: part }), instanceSettings(instance), { mode: 0o600, flag: 'wx' });
  };
  return { from, folder: place.folder, owner, mode: 0o700, complete };
}

export function instanceSettings({ place, settings, recovery }: Pick<RestoredInstance, 'place' | 'settings' | 'recovery'>): string {
  const { folder, port, socket } = place;
  return [
    `# Written by Resurgam for recovery ${recovery}. The settings of the source are not in its backups: add yours.`,
    '[client]',
    `socket = "${socket}"`,
    '',
    '[mariadbd]',
    `datadir = "${folder}"`,
    `socket = "${socket}"`,
    `port = ${String(port)}`,
    'bind-address = 127.0.0.1',
    `pid-file = "${join(folder, 'mariadbd.pid')}"`,
    '# As in the source:',
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
    '# No events are run and no binary log is written: turn them on once this is the server that people use and that is backed up.',
    'event_scheduler = OFF',
    'skip_log_bin',
    'skip_slave_start',
    '',
  ].join('\n');
}
