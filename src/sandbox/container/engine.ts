import type { ToolCommand } from '../../system/process.ts';
import type { ContainerShape } from './arguments.ts';
import type { EnginePlace } from './place.ts';

/** A program that makes containers, as the jailer sees it. */
export interface Engine {
  readonly name: 'podman' | 'docker';
  /** Its programs where they are not the usual ones, by their usual names. */
  readonly programs?: Readonly<Record<string, string>>;
  /** What it puts into every container, however empty its root is. */
  readonly own: readonly string[];
  /** Made ready for one sandbox: settings, roots, the image. What it starts bears the sandbox's label. Throws SandboxError. */
  furnish(place: EnginePlace, image: string | undefined): Promise<Furnished>;
  /** One call of its command line, over the sandbox's own folder. */
  command(place: EnginePlace, args: readonly string[]): Pick<ToolCommand, 'file' | 'args' | 'env'>;
  /** Arguments that run a program in a new container. Pure. */
  runArguments(shape: ContainerShape, program: readonly string[]): readonly string[];
  /** Number of the container's first process on this machine, once it is there: known before it runs. */
  firstProcess(place: EnginePlace, name: string): Promise<number | undefined>;
}

export interface Furnished {
  /** What stands for the plan's image in `root` of a container. */
  readonly image: string | undefined;
  /** Places that the image would have writable. */
  readonly volumes: readonly string[];
  /** Ends what `furnish` started, if anything. */
  end(): Promise<void>;
}
