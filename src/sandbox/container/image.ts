import { SandboxError } from '../sandbox.ts';
import { askPodman, type PodmanPlace } from './podman.ts';

export interface ImageWanted {
  readonly podman: string;
  readonly image: string;
  readonly imageStore: string;
}

/** An image is never fetched: a drill has no time for it, and what is not on this machine was not looked at by anybody. */
export async function refuseMissingImage(place: PodmanPlace, { podman, image, imageStore }: ImageWanted): Promise<void> {
  const asked = await askPodman(place, podman, ['image', 'exists', image]);
  if (asked.exitCode === 0) return;
  throw new SandboxError('tool-missing', `the image of the plan is not in ${imageStore} with that digest`, {
    hint: `Run as root: podman pull ${image}`,
    cause: new Error(asked.stderr),
  });
}
