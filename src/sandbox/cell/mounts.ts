import { isAbsolute, normalize, relative } from 'node:path';
import type { Mount } from '../../backup/target.ts';
import { realpath } from '../../system/files.ts';
import { SandboxError } from '../sandbox.ts';
import type { Place } from './place.ts';

/**
 * The mounts with every link on the host side resolved. A jailed program may have put links into its folders, so what lies below the
 * sandbox must still lie there once resolved, and only what lies below `work` may be writable. Throws SandboxError `broke`.
 */
export async function checkedMounts(place: Place, mounts: readonly Mount[]): Promise<readonly Mount[]> {
  return Promise.all(mounts.map(mount => checked(place, mount)));
}

async function checked(place: Place, mount: Mount): Promise<Mount> {
  if (!isAbsolute(mount.at) || normalize(mount.at) === '/' || mount.at.includes('/../'))
    throw refused('a mount needs an absolute place that is not the root');
  const [from, folder, work] = await Promise.all([resolved(mount.from), resolved(place.folder), resolved(place.work)]);
  if (isBelow(place.folder, mount.from) && !isBelow(folder, from)) throw refused('a mount leads out of the sandbox through a link');
  if (mount.write === true && !isBelow(work, from)) throw refused('only folders made by the jail may be mounted writable');
  return { ...mount, from };
}

/** Strictly below: the folder itself is not. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}

async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new SandboxError('broke', 'a folder or file to mount into the jail is not there', {
      hint: 'Report this: the step before should have made it.',
      cause,
    });
  }
}

function refused(message: string): SandboxError {
  return new SandboxError('broke', message, { hint: 'Report this: an adapter asked for a mount that the sandbox forbids.' });
}
