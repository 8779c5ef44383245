import { join } from 'node:path';
import { mkdir, symlink } from '../../system/files.ts';

/** Where a sandbox's own engine keeps everything, so that the one of this machine is neither read nor changed. */
export interface EnginePlace {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * What an engine takes the sandbox's folder for. Some of its programs die of sockets with long paths, and a home may have one; besides,
 * mounts that it makes in a mount namespace of its own are gone with it, however it ends.
 */
export const SEEN_AS = '/run/resurgam';

/** Roots of the first and the second jail, as the engine sees them. Apart, because mount points stay in them, and their names are paths of this machine. */
export const ROOTS = { first: `${SEEN_AS}/root-1`, second: `${SEEN_AS}/root-2` } as const;

/** In a mount namespace of its own, gone with us: it hands the signal on, and the first program in the container ends all of it. */
export function alone(place: EnginePlace, more = ''): readonly string[] {
  return ['--pdeathsig', 'TERM', 'unshare', '--mount', 'sh', '-c', `mount --bind "$0" ${SEEN_AS}${more} && exec "$@"`, place.folder];
}

export function enginePlace(sandboxFolder: string, drill: string): EnginePlace {
  return {
    folder: join(sandboxFolder, 'engine'),
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: SEEN_AS,
      TMPDIR: SEEN_AS,
      XDG_RUNTIME_DIR: SEEN_AS,
      // The label, by which what outlives us is found.
      RESURGAM_DRILL: drill,
    },
  };
}

/** The file in which an engine says a number or a name of a container: where it writes it, and where we read it. */
export function saidIn(place: EnginePlace, name: string): { readonly written: string; readonly read: string } {
  return { written: `${SEEN_AS}/said-${name}`, read: join(place.folder, `said-${name}`) };
}

export async function makePlace({ folder }: EnginePlace): Promise<void> {
  await Promise.all([mkdir(folder, { mode: 0o700 }), mkdir(SEEN_AS, { recursive: true, mode: 0o755 })]);
}

/** A made-up root of empty folders, over which `/usr` of this machine is laid. */
export async function makeRoot(root: string): Promise<void> {
  for (const name of ['', 'usr', 'proc', 'dev', 'sys', 'tmp', 'etc']) await mkdir(join(root, name), { recursive: true, mode: 0o755 });
  await Promise.all(['bin', 'lib', 'lib64', 'sbin'].map(name => symlink(`usr/${name}`, join(root, name))));
}
