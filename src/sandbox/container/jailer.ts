import { setTimeout as sleep } from 'node:timers/promises';
import { readFile, writeFile } from '../../system/files.ts';
import { secretsText } from '../../system/handed-secrets.ts';
import { readProcess, signalProcess, type ProcessEntry } from '../../system/proc.ts';
import { startTool, type RunningTool, type ToolResult } from '../../system/process.ts';
import { refuseDestroyed, streamsOf, type Cell, type CellOrder } from '../cell/cell.ts';
import type { JailedTool, Jailer } from '../cell/jailer.ts';
import { cgroupName } from '../cell/place.ts';
import { environmentOf } from '../cell/shape.ts';
import { SandboxError } from '../sandbox.ts';
import { asRunner, runArguments, type ContainerShape } from './arguments.ts';
import { refuseMissingImage } from './image.ts';
import { insideCommand } from './inside.ts';
import { furnishPodman, pidFileOf, podmanCommand, podmanPlace, ROOTS } from './podman.ts';
import { whyPowerless, whyUnavailable } from './unavailable.ts';
import { wallsOf } from './walls.ts';

export interface Containers {
  /** Program to make containers with. */
  readonly podman: string;
  /** Digest-pinned image over which second jails run; undefined: the programs of this machine. */
  readonly image: string | undefined;
  readonly imageStore: string;
}

/** How long podman may take to pass on that a container shall end. */
const GRACE_MS = 5_000;
const LOOK_MS = 3;
/** So much later than we would have ended it ourselves, starting it included. */
const OUTLIVED_SECONDS = 20;
/** The engine counts in an `int`. */
const LONGEST_SECONDS = 2 ** 31 - 1;
/** What podman puts into every container, however empty its root is. */
const ENGINES_OWN = ['/run', '/sys', '/etc/hostname'];

/** Jails of podman: one container for each program. Made for one sandbox. */
export function containerJailer(containers: Containers): Jailer {
  let count = 0;
  const { podman, image, imageStore } = containers;
  return {
    kind: 'container',
    groups: 'top',
    ready: async cell => {
      const powerless = whyPowerless();
      if (powerless !== undefined) throw powerless;
      const place = podmanPlace(cell.place.folder, cell.place.drill);
      await furnishPodman(place, image === undefined ? undefined : imageStore);
      if (image !== undefined) await refuseMissingImage(place, { podman, image, imageStore });
    },
    start: (cell, order, stop) => start({ containers, cell, order, number: ++count }, stop),
    unavailable: () => whyUnavailable(podman),
    shows: path => image !== undefined || ENGINES_OWN.includes(path),
  };
}

interface Start {
  readonly containers: Containers;
  readonly cell: Cell;
  readonly order: CellOrder;
  readonly number: number;
}

async function start({ containers, cell, order, number }: Start, stop: AbortSignal): Promise<JailedTool> {
  const { place, bounds } = cell;
  const { shape: jail } = order;
  const podman = podmanPlace(place.folder, place.drill);
  const pidFile = pidFileOf(podman, String(number));
  // Programs of ours and of the backup tools are this machine's: the first jail is never over an image.
  const isFirst = jail.secrets !== undefined;
  const image = isFirst ? undefined : containers.image;
  const shape: ContainerShape = {
    ...{ name: `${cgroupName(place.drill)}-${String(number)}`, drill: place.drill, jail, limits: cell.limits, pidFile: pidFile.written },
    root: image === undefined ? { folder: isFirst ? ROOTS.first : ROOTS.second } : { image },
    walls: await wallsOf(jail, image !== undefined),
    group: bounds.enter.length === 0 ? undefined : `/${cgroupName(place.drill)}`,
    openFiles: await openFiles(),
    dataBytes: bounds.dataBytes,
    timeoutSeconds: timeoutSeconds(Math.min(order.timeLimitMs, cell.limits.timeMs)),
    takesInput: order.stdin !== undefined || order.stdinText !== undefined,
  };
  const filter = bounds.filter === undefined ? undefined : await readFile(bounds.filter);
  const { secrets } = jail;
  const command = insideCommand({
    filter,
    secrets: secrets !== undefined,
    env: environmentOf(jail),
    program: asRunner(jail, order.program),
  });
  refuseDestroyed(cell);
  const tool = startTool(
    {
      ...podmanCommand(podman, containers.podman, runArguments(shape, command)),
      graceMs: GRACE_MS,
      ...streamsOf(order),
      ...(secrets === undefined ? {} : { stdin: `${secretsText(secrets)}${order.stdinText ?? ''}` }),
    },
    stop,
  );
  return contained(tool, { pidFile: pidFile.read, groups: bounds.enter });
}

function timeoutSeconds(timeLimitMs: number): number {
  return Math.min(Math.ceil(timeLimitMs / 1000) + OUTLIVED_SECONDS, LONGEST_SECONDS);
}

interface Contained {
  readonly pidFile: string;
  /** Files of the sandbox's own groups. */
  readonly groups: readonly string[];
}

interface Life {
  first: ProcessEntry | undefined;
  isOver: boolean;
  isDoomed: boolean;
}

/**
 * Podman is only the client: what it started is beside it, not below it, and outlives it. So the container is ended by its first process,
 * with which the kernel ends all others.
 */
function contained(client: RunningTool, { pidFile, groups }: Contained): JailedTool {
  const life: Life = { first: undefined, isOver: false, isDoomed: false };
  const found = follow(life, { pidFile, groups });
  const ended = client.ended.finally(async () => {
    life.isOver = true;
    await found;
    life.first ??= await firstProcess(pidFile);
    await kill(life);
  });
  return {
    pid: client.pid,
    ended,
    signal: signal => {
      if (signal === 'SIGKILL') {
        life.isDoomed = true;
        void kill(life);
        // Podman ends by itself when its container has; if not, it is ended.
        setTimeout(() => client.signal('SIGKILL'), life.first === undefined ? 0 : GRACE_MS).unref();
      } else client.signal(signal);
    },
    inner: () => Promise.resolve(life.isOver ? undefined : life.first?.pid),
    couldNot: result => couldNot(result, life.first !== undefined),
  };
}

/** Waits for the first process. Podman says its number before it lets it run. */
async function follow(life: Life, { pidFile, groups }: Contained): Promise<void> {
  while (!life.isOver && life.first === undefined) {
    life.first = await firstProcess(pidFile);
    if (life.first === undefined) await sleep(LOOK_MS);
  }
  if (life.first === undefined) return;
  await enter(life.first.pid, groups);
  if (life.isDoomed) await kill(life);
}

/** Its number may be another's by now: then it is left alone. */
async function kill({ first }: Life): Promise<void> {
  if (first !== undefined && (await readProcess(first.pid))?.startTime === first.startTime) signalProcess(first.pid, 'SIGKILL');
}

async function firstProcess(pidFile: string): Promise<ProcessEntry | undefined> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  return pid > 0 ? readProcess(pid) : undefined;
}

/** Version 1 counts a limit that bit in the group of the process, and the container's own is gone with it: so it is moved to ours, above. */
async function enter(pid: number, groups: readonly string[]): Promise<void> {
  await Promise.all(
    groups.map(file =>
      // Version 2 refuses: there the group above counts what happens below it.
      writeFile(file, String(pid), { flag: 'r+' }).catch(() => undefined),
    ),
  );
}

/** Podman's codes for its own failures, of which two are also a program's. */
function couldNot(result: ToolResult, began: boolean): SandboxError | undefined {
  const isBroken = result.exitCode === 125 || (!began && [126, 127].includes(result.exitCode ?? 0));
  if (!isBroken) return undefined;
  return new SandboxError('broke', 'podman could not make the container', {
    hint: 'Run `resurgam doctor`; if it finds nothing, try `podman run` with any image.',
    cause: new Error(result.stderr),
  });
}

/** As many as we may have: an engine's own default can be more than it may give. */
async function openFiles(): Promise<string> {
  return /^Max open files\s+\d+\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1] ?? '1024';
}
