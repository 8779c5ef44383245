import { basename, join } from 'node:path';
import { exists, mkdir, symlink, writeFile } from '../../system/files.ts';
import { findProgram, lacks } from '../../system/program.ts';
import { runTool, type ToolCommand, type ToolResult } from '../../system/process.ts';

/** Where a sandbox's own podman keeps everything, so that the one of this machine is neither read nor changed. */
export interface PodmanPlace {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where an administrator's podman keeps images; only read. */
export const IMAGE_STORE = '/var/lib/containers/storage';

/**
 * What podman takes the sandbox's folder for. Conmon dies of sockets with long paths, and a home may have one; besides, mounts that
 * podman makes in a mount namespace of its own are gone with it, however it ends.
 */
const SEEN_AS = '/run/resurgam';

/**
 * What no settings file can say: where the runtime keeps its state, else it is `/run` of this machine, which nobody would clear; and
 * that nothing is shown in every container, such as the keys of a subscription, whatever is usual on this machine.
 */
const GLOBAL = ['--runtime-flag', `root=${SEEN_AS}/runtime`, '--default-mounts-file', `${SEEN_AS}/mounts.conf`];

const ALONE = ['unshare', '--mount', 'sh', '-c', `mount --bind "$0" ${SEEN_AS} && exec "$@"`];

/** Roots of the first and the second jail, as podman sees them. Apart, because mount points stay in them, and their names are paths of this machine. */
export const ROOTS = { first: `${SEEN_AS}/root-1`, second: `${SEEN_AS}/root-2` } as const;

export function podmanPlace(sandboxFolder: string, drill: string): PodmanPlace {
  return {
    folder: join(sandboxFolder, 'podman'),
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: SEEN_AS,
      TMPDIR: SEEN_AS,
      XDG_RUNTIME_DIR: SEEN_AS,
      CONTAINERS_CONF: `${SEEN_AS}/containers.conf`,
      CONTAINERS_STORAGE_CONF: `${SEEN_AS}/storage.conf`,
      // The label, by which what outlives us is found.
      RESURGAM_DRILL: drill,
    },
  };
}

/** The file of a container's first process: where podman writes it, and where we read it. */
export function pidFileOf(place: PodmanPlace, name: string): { readonly written: string; readonly read: string } {
  return { written: `${SEEN_AS}/pid-${name}`, read: join(place.folder, `pid-${name}`) };
}

/** Podman over the sandbox's folder, gone with us: it hands the signal on, and the first program in the container ends all of it. */
export function podmanCommand(place: PodmanPlace, podman: string, args: readonly string[]): Pick<ToolCommand, 'file' | 'args' | 'env'> {
  return { file: 'setpriv', args: ['--pdeathsig', 'TERM', ...ALONE, place.folder, podman, ...GLOBAL, ...args], env: place.env };
}

/** Writes its settings and the made-up roots. With `imageStore` its images can be run, from where they are. */
export async function furnishPodman(place: PodmanPlace, imageStore: string | undefined): Promise<void> {
  const { folder } = place;
  await Promise.all([mkdir(folder, { mode: 0o700 }), mkdir(SEEN_AS, { recursive: true, mode: 0o755 })]);
  const runtime = lacks(await findProgram({ file: 'crun', package: 'crun' })) ? 'runc' : 'crun';
  const text = JSON.stringify;
  const settings = [
    '[engine]',
    ...['cgroup_manager="cgroupfs"', 'events_logger="none"', 'hooks_dir=[]'],
    // What podman leaves beside a container gets nothing of its own environment but what is said here.
    `conmon_env_vars=${text(['PATH', 'RESURGAM_DRILL'].map(name => `${name}=${place.env[name] ?? ''}`))}`,
    // Locks in shared memory would be those of this machine's own podman.
    ...['lock_type="file"', `runtime=${text(runtime)}`, `tmp_dir="${SEEN_AS}/tmp"`],
    ...['[network]', `network_config_dir="${SEEN_AS}/networks"`],
  ];
  const storage = [
    ...['[storage]', `driver="${await driverOf(imageStore)}"`],
    ...[`graphroot="${SEEN_AS}/storage"`, `runroot="${SEEN_AS}/run"`],
    ...['[storage.options]', `additionalimagestores=[${imageStore === undefined ? '' : text(imageStore)}]`],
  ];
  await Promise.all([
    writeFile(join(folder, 'containers.conf'), `${settings.join('\n')}\n`),
    writeFile(join(folder, 'storage.conf'), `${storage.join('\n')}\n`),
    writeFile(join(folder, 'mounts.conf'), ''),
    ...Object.values(ROOTS).map(root => makeRoot(join(folder, basename(root)))),
  ]);
}

/** Images can be read only by the driver that wrote them. Without images the one that needs nothing of the kernel. */
async function driverOf(imageStore: string | undefined): Promise<string> {
  return imageStore !== undefined && (await exists(join(imageStore, 'overlay-images'))) ? 'overlay' : 'vfs';
}

async function makeRoot(root: string): Promise<void> {
  for (const name of ['', 'usr', 'proc', 'dev', 'sys', 'tmp', 'etc']) await mkdir(join(root, name), { recursive: true, mode: 0o755 });
  await Promise.all(['bin', 'lib', 'lib64', 'sbin'].map(name => symlink(`usr/${name}`, join(root, name))));
}

/** One question to the sandbox's podman. */
export function askPodman(place: PodmanPlace, podman: string, args: readonly string[]): Promise<ToolResult> {
  return runTool({ ...podmanCommand(place, podman, args), timeLimitMs: 60_000 }, new AbortController().signal);
}
