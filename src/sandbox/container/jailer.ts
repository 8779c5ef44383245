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
import { asRunner, type ContainerShape } from './arguments.ts';
import type { Engine, Furnished } from './engine.ts';
import { insideCommand } from './inside.ts';
import { enginePlace, ROOTS, saidIn } from './place.ts';
import { whyPowerless, whyUnavailable } from './unavailable.ts';
import { wallsOf } from './walls.ts';

export interface Containers {
  readonly engine: Engine;
  /** Digest-pinned image over which second jails run; undefined: the programs of this machine. */
  readonly image: string | undefined;
}

/** How long an engine may take to pass on that a container shall end. */
const GRACE_MS = 5_000;
const LOOK_MS = 3;
/** So much later than we would have ended it ourselves, starting it included. */
const OUTLIVED_SECONDS = 20;
/** The engine counts in an `int`. */
const LONGEST_SECONDS = 2 ** 31 - 1;

/** Jails of an engine: one container for each program. Made for one sandbox. */
export function containerJailer({ engine, image }: Containers): Jailer {
  let count = 0;
  let furnished: Furnished | undefined;
  return {
    kind: 'container',
    groups: 'top',
    ready: async cell => {
      const powerless = whyPowerless();
      if (powerless !== undefined) throw powerless;
      // What it starts bears the label, and goes with the cell.
      furnished = await engine.furnish(enginePlace(cell.place.folder, cell.place.drill), image);
    },
    start: (cell, order, stop) => start({ engine, furnished, cell, order, number: ++count }, stop),
    unavailable: () => whyUnavailable(engine),
    shows: path => image !== undefined || engine.own.includes(path),
  };
}

interface Start {
  readonly engine: Engine;
  readonly furnished: Furnished | undefined;
  readonly cell: Cell;
  readonly order: CellOrder;
  readonly number: number;
}

async function start({ engine, furnished, cell, order, number }: Start, stop: AbortSignal): Promise<JailedTool> {
  const { place, bounds } = cell;
  const { shape: jail } = order;
  const enginesPlace = enginePlace(place.folder, place.drill);
  // Programs of ours and of the backup tools are this machine's: the first jail is never over an image.
  const isFirst = jail.secrets !== undefined;
  const { image, volumes = [] } = isFirst ? {} : (furnished ?? {});
  const shape: ContainerShape = {
    ...{ name: `${cgroupName(place.drill)}-${String(number)}`, drill: place.drill, jail, limits: cell.limits },
    saidIn: saidIn(enginesPlace, String(number)).written,
    root: image === undefined ? { folder: isFirst ? ROOTS.first : ROOTS.second } : { image },
    walls: await wallsOf(jail, image === undefined ? undefined : { volumes }),
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
    moved: bounds.enter.length > 0,
    env: environmentOf(jail),
    program: asRunner(jail, order.program),
  });
  refuseDestroyed(cell);
  const tool = startTool(
    {
      ...engine.command(enginesPlace, engine.runArguments(shape, command)),
      graceMs: GRACE_MS,
      ...streamsOf(order),
      ...(secrets === undefined ? {} : { stdin: `${secretsText(secrets)}${order.stdinText ?? ''}` }),
    },
    stop,
  );
  const first = (): Promise<ProcessEntry | undefined> => firstProcess(engine.firstProcess(enginesPlace, String(number)));
  return contained(tool, { engine: engine.name, first, groups: bounds.enter });
}

function timeoutSeconds(timeLimitMs: number): number {
  return Math.min(Math.ceil(timeLimitMs / 1000) + OUTLIVED_SECONDS, LONGEST_SECONDS);
}

interface Contained {
  readonly engine: Engine['name'];
  readonly first: () => Promise<ProcessEntry | undefined>;
  /** Files of the sandbox's own groups. */
  readonly groups: readonly string[];
}

interface Life {
  first: ProcessEntry | undefined;
  isOver: boolean;
  isDoomed: boolean;
}

/**
 * The engine's program is only the client: what it started is beside it, not below it, and outlives it. So the container is ended by its first process,
 * with which the kernel ends all others.
 */
function contained(client: RunningTool, of: Contained): JailedTool {
  const life: Life = { first: undefined, isOver: false, isDoomed: false };
  const found = follow(life, of);
  const ended = client.ended.finally(async () => {
    life.isOver = true;
    await found;
    life.first ??= await of.first();
    await kill(life);
  });
  return {
    pid: client.pid,
    ended,
    signal: signal => {
      if (signal === 'SIGKILL') {
        life.isDoomed = true;
        void kill(life);
        // It ends by itself when its container has; if not, it is ended.
        setTimeout(() => client.signal('SIGKILL'), life.first === undefined ? 0 : GRACE_MS).unref();
      } else client.signal(signal);
    },
    inner: () => Promise.resolve(life.isOver ? undefined : life.first?.pid),
    // What we ended ourselves on its way did not fail to be made.
    couldNot: result => (life.isDoomed ? undefined : couldNot(result, { engine: of.engine, began: life.first !== undefined })),
  };
}

/** Waits for the first process, whose number is said before it runs. */
async function follow(life: Life, { first, groups }: Contained): Promise<void> {
  while (!life.isOver && life.first === undefined) {
    life.first = await first();
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

async function firstProcess(said: Promise<number | undefined>): Promise<ProcessEntry | undefined> {
  const pid = await said;
  return pid === undefined ? undefined : readProcess(pid);
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

/** Both engines' codes for their own failures, of which two are also a program's. */
function couldNot(result: ToolResult, { engine, began }: { engine: Engine['name']; began: boolean }): SandboxError | undefined {
  const isBroken = result.exitCode === 125 || (!began && [126, 127].includes(result.exitCode ?? 0));
  if (!isBroken) return undefined;
  return new SandboxError('broke', `${engine} could not make the container`, {
    hint: `Run \`resurgam doctor\`; if it finds nothing, try \`${engine} run\` with any image.`,
    cause: new Error(result.stderr),
  });
}

/** As many as we may have: an engine's own default can be more than it may give. */
async function openFiles(): Promise<string> {
  return /^Max open files\s+\d+\s+(\d+)/m.exec(await readFile('/proc/self/limits', 'utf8'))?.[1] ?? '1024';
}
