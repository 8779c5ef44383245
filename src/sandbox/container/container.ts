import { provision } from '../cell/provision.ts';
import { settingOf, type SandboxOptions } from '../cell/setting.ts';
import { findProgram, lacks } from '../../system/program.ts';
import type { Sandbox } from '../sandbox.ts';
import { dockerEngine, MACHINE_DOCKER } from './docker.ts';
import type { Engine } from './engine.ts';
import { containerJailer } from './jailer.ts';
import { IMAGE_STORE, podmanEngine } from './podman.ts';
import { whyUnavailable } from './unavailable.ts';

export interface ContainerOptions extends SandboxOptions {
  /** Which engine. Default: podman; docker where only that is installed. */
  readonly engine?: Engine['name'];
  /** Program to make containers with. Default `podman`. */
  readonly podman?: string;
  /** Where images are looked for. Default: where podman keeps those of root. */
  readonly imageStore?: string;
  /** Where the machine's own docker is asked for images. Default: its usual socket. */
  readonly dockerHost?: string;
}

/** Sandboxes of containers, made by podman or docker as root: over the programs of this machine, or over an image that the plan pins by its digest. */
export function containerSandbox(options: ContainerOptions): Sandbox {
  return {
    kind: 'container',
    provision: async (request, stop) => {
      const jailer = containerJailer({ engine: await engineOf(options), image: request.image ?? undefined });
      return provision({ given: settingOf(options), jailer, request }, stop);
    },
    unavailable: async () => whyUnavailable(await engineOf(options)),
  };
}

async function engineOf(options: ContainerOptions): Promise<Engine> {
  const { podman = 'podman', imageStore = IMAGE_STORE, dockerHost = MACHINE_DOCKER } = options;
  const name = options.engine ?? (options.podman === undefined ? await installed() : 'podman');
  return name === 'podman' ? podmanEngine(podman, imageStore) : dockerEngine({ docker: 'docker', dockerd: 'dockerd', host: dockerHost });
}

/** Where neither is, podman is what is missed. */
async function installed(): Promise<Engine['name']> {
  const isMissing = async (file: string): Promise<boolean> => lacks(await findProgram({ file, package: file }));
  return (await isMissing('podman')) && !(await isMissing('dockerd')) ? 'docker' : 'podman';
}
