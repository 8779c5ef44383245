import type { Jail } from '../backup/target.ts';
import { notStarted } from './not-started.ts';
import type { OpenRequest, SharedTree } from './service.ts';

const AT = '/shared';
const PACK_MS = 2_147_483_647;

interface SocketPlace {
  readonly jail: Jail;
  /** Host folder of the socket. */
  readonly folder: string;
  readonly name: string;
}

/** Another component's user may reach the socket from here on. Done in the jail: what lies in its folder is not followed from outside. */
export async function openSocket({ jail, folder, name }: SocketPlace, stop: AbortSignal): Promise<void> {
  const script = `chmod 0711 ${AT} && chmod 0777 "${AT}/$1"`;
  const mounts = [{ from: folder, at: AT, write: true }];
  const result = await jail.run({ file: '/bin/sh', args: ['-c', script, 'sh', name], mounts }, stop);
  if (result.exitCode !== 0) throw notStarted('sharing the server', { jail, result, install: 'Report this.' });
}

/** Restored files, for a component that needs them. Their modes stay as they came: they are evidence. */
export function sharedTree({ jail, folder }: Pick<OpenRequest, 'jail' | 'folder'>): SharedTree {
  const args = ['-c', '-f', '-', '--ignore-failed-read', '-C', AT, '.'];
  return {
    folder,
    pack: async (take, stop) => {
      const packing = { file: '/usr/bin/tar', args, mounts: [{ from: folder, at: AT }], env: { LC_ALL: 'C' }, stdout: take };
      const result = await jail.run({ ...packing, timeLimitMs: PACK_MS }, stop);
      if (result.exitCode !== 0) throw notStarted('tar', { jail, result, install: 'Install it: apt-get install tar' });
    },
  };
}
