import { provision } from '../cell/provision.ts';
import { settingOf, type SandboxOptions } from '../cell/setting.ts';
import type { Sandbox } from '../sandbox.ts';
import { containerJailer } from './jailer.ts';
import { IMAGE_STORE } from './podman.ts';
import { whyUnavailable } from './unavailable.ts';

export interface ContainerOptions extends SandboxOptions {
  /** Program to make containers with. Default `podman`. */
  readonly podman?: string;
  /** Where images are looked for. Default: where podman keeps those of root. */
  readonly imageStore?: string;
}

/** Sandboxes of containers, made by podman as root: over the programs of this machine, or over an image that the plan pins by its digest. */
export function containerSandbox(options: ContainerOptions): Sandbox {
  const { podman = 'podman', imageStore = IMAGE_STORE } = options;
  return {
    kind: 'container',
    provision: (request, stop) => {
      const jailer = containerJailer({ podman, image: request.image ?? undefined, imageStore });
      return provision({ given: settingOf(options), jailer, request }, stop);
    },
    unavailable: () => whyUnavailable(podman),
  };
}
