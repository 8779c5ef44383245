import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../../system/tree.ts';
import { chmod, chown, isCode, mkdir, rename, writeFile } from '../../system/files.ts';
import { SandboxError } from '../sandbox.ts';
import { OWN_USER_UID, type Runner } from './shape.ts';
import type { Marker } from './marker.ts';

/** The folders of one sandbox on the host. Everything in them counts against its disk limit. */
export interface Place {
  readonly drill: string;
  readonly scratch: string;
  readonly folder: string;
  /** Where the first jail writes; read-only afterwards. */
  readonly staging: string;
  /** The parent of what the second jail may write. Its own entries are ours, so that no jail can exchange them. */
  readonly work: string;
  readonly etc: string;
  readonly marker: string;
  readonly filter: string;
}

/** Where something is planted outside, for as long as the isolation is tried. Its name is known so that the reaper finds it. */
export function outsideOf(drill: string): string {
  return join(tmpdir(), `resurgam-outside-${drill}`);
}

/** The label on the drill's cgroups. */
export function cgroupName(drill: string): string {
  return `resurgam-${drill}`;
}

export function placeOf(scratch: string, drill: string): Place {
  const folder = join(scratch, drill);
  return {
    drill,
    scratch,
    folder,
    staging: join(folder, 'staging'),
    work: join(folder, 'work'),
    etc: join(folder, 'etc'),
    marker: join(folder, 'sandbox.json'),
    filter: join(folder, 'filter.bpf'),
  };
}

/** Prefix of a folder that is not yet a sandbox. */
export const UNFINISHED = '.new-';

/**
 * Makes the drill's own folder, which nobody else may enter, with its marker already in it: at no moment is there a folder of which
 * nobody could say whose it is. Throws SandboxError `home-unwritable`, or `broke` if that drill has one already.
 */
export async function makePlace(place: Place, marker: Marker): Promise<void> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(place.drill)) {
    throw new SandboxError('broke', 'a drill id must be made of letters, digits, dots and dashes', {
      hint: 'Use a drill id as Resurgam makes it.',
    });
  }
  const unfinished = join(place.scratch, `${UNFINISHED}${place.drill}-${String(process.pid)}`);
  try {
    await mkdir(place.scratch, { recursive: true, mode: 0o700 });
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(join(unfinished, 'sandbox.json'), JSON.stringify(marker), { mode: 0o600 });
    await rename(unfinished, place.folder);
  } catch (cause) {
    await removeTree(unfinished);
    throw couldNot(cause);
  }
}

function couldNot(cause: unknown): SandboxError {
  if (isCode(cause, 'EEXIST') || isCode(cause, 'ENOTEMPTY')) {
    return new SandboxError('broke', 'this drill has a sandbox already', {
      hint: 'Wait until it has ended, or let Resurgam clean up what it left.',
      cause,
    });
  }
  if (isCode(cause, 'ENOSPC')) {
    return new SandboxError('disk-too-small', 'there is no space left under RESURGAM_HOME', { hint: 'Free some disk.', cause });
  }
  return new SandboxError('home-unwritable', 'the scratch folder under RESURGAM_HOME cannot be written', {
    hint: 'Let the user who runs Resurgam write RESURGAM_HOME, or set RESURGAM_HOME to another folder.',
    cause,
  });
}

/** Fills the folder, once it is known as whom the jails run. */
export async function furnish(place: Place, runner: Runner): Promise<void> {
  const uid = runner.as === 'drill-user' ? runner.uid : OWN_USER_UID;
  await Promise.all([mkdir(place.staging, { mode: 0o700 }), mkdir(place.work, { mode: 0o711 }), mkdir(place.etc, { mode: 0o755 })]);
  if (runner.as === 'drill-user') await chown(place.staging, uid, uid);
  const files = {
    passwd: `root:x:0:0:root:/:/usr/sbin/nologin\nresurgam:x:${String(uid)}:${String(uid)}:resurgam:/tmp:/bin/sh\n`,
    group: `root:x:0:\nresurgam:x:${String(uid)}:\n`,
    hosts: '127.0.0.1 localhost sandbox\n::1 localhost\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  };
  await Promise.all(
    Object.entries(files).map(async ([name, text]) => {
      await writeFile(join(place.etc, name), text);
      await chmod(join(place.etc, name), 0o644);
    }),
  );
}
