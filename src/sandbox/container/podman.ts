import { basename, join } from 'node:path';
import { exists, readFile, writeFile } from '../../system/files.ts';
import { findProgram, lacks } from '../../system/program.ts';
import { runTool } from '../../system/process.ts';
import { SandboxError } from '../sandbox.ts';
import { runArguments } from './arguments.ts';
import type { Engine } from './engine.ts';
import { alone, makePlace, makeRoot, ROOTS, saidIn, SEEN_AS, type EnginePlace } from './place.ts';

/** Where an administrator's podman keeps images; only read. */
export const IMAGE_STORE = '/var/lib/containers/storage';

/**
 * What no settings file can say: where the runtime keeps its state, else it is `/run` of this machine, which nobody would clear; and
 * that nothing is shown in every container, such as the keys of a subscription, whatever is usual on this machine.
 */
const GLOBAL = ['--runtime-flag', `root=${SEEN_AS}/runtime`, '--default-mounts-file', `${SEEN_AS}/mounts.conf`];

/** Podman: no daemon; a storage of the sandbox's own. */
export function podmanEngine(podman: string, imageStore: string): Engine {
  const command: Engine['command'] = (place, args) => ({
    file: 'setpriv',
    args: [...alone(place), podman, ...GLOBAL, ...args],
    env: {
      ...place.env,
      CONTAINERS_CONF: `${SEEN_AS}/containers.conf`,
      CONTAINERS_STORAGE_CONF: `${SEEN_AS}/storage.conf`,
    },
  });
  return {
    name: 'podman',
    programs: { podman },
    own: ['/run', '/sys', '/etc/hostname'],
    command,
    runArguments: (shape, program) => runArguments(shape, program, 'podman'),
    furnish: async (place, image) => {
      await furnish(place, image === undefined ? undefined : imageStore);
      if (image !== undefined) {
        const asked = await runTool({ ...command(place, ['image', 'exists', image]), timeLimitMs: 60_000 }, new AbortController().signal);
        if (asked.exitCode !== 0) throw missing(image, { imageStore, cause: new Error(asked.stderr) });
      }
      return { image, volumes: [], end: () => Promise.resolve() };
    },
    firstProcess: async (place, name) => {
      const pid = Number(await readFile(saidIn(place, name).read, 'utf8').catch(() => ''));
      return pid > 0 ? pid : undefined;
    },
  };
}

/** An image is never fetched: a drill has no time for it, and what is not on this machine was not looked at by anybody. */
function missing(image: string, { imageStore, cause }: { readonly imageStore: string; readonly cause: Error }): SandboxError {
  return new SandboxError('tool-missing', `the image of the plan is not in ${imageStore} with that digest`, {
    hint: `Run as root: podman pull ${image}`,
    cause,
  });
}

/** Writes its settings and the made-up roots. With `imageStore` its images can be run, from where they are. */
async function furnish(place: EnginePlace, imageStore: string | undefined): Promise<void> {
  const { folder } = place;
  await makePlace(place);
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
