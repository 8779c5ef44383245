import type { JailCommand, LimitHit, Mount } from '../../backup/target.ts';
import type { ToolCommand, ToolResult } from '../../system/process.ts';
import { SandboxError, type Limits } from '../sandbox.ts';
import { countAttempts, type AttemptCounter } from './attempts.ts';
import type { JailedTool, Jailer } from './jailer.ts';
import type { Place } from './place.ts';
import type { JailShape, Runner } from './shape.ts';
import type { Watch } from './watch.ts';

/** What binds each program, beside the walls of its jail. */
export interface Bounds {
  /** `cgroup.procs` (or `tasks`) files to enter, so that not one instruction of a program runs uncounted. */
  readonly enter: readonly string[];
  /** File with the system call filter. */
  readonly filter: string | undefined;
  /** Bytes of private memory of one process; undefined where a cgroup counts all of them together. */
  readonly dataBytes: number | undefined;
  /** Wraps the program further, e.g. `taskset -c 0`. */
  readonly before: readonly string[];
}

/** What all jails of one sandbox share: the folders, the user, the limits, and the programs that run now. */
export interface Cell {
  readonly place: Place;
  readonly runner: Runner;
  readonly limits: Limits;
  readonly watch: Watch;
  /** The programs that run now, by their outermost process. */
  readonly live: Set<JailedTool>;
  /** One for each jail without a network that ever ran. */
  readonly counters: AttemptCounter[];
  readonly bounds: Bounds;
  readonly jailer: Jailer;
  /** Most processes by rlimit; undefined where that would count programs outside the sandbox. */
  readonly processes: number | undefined;
  readonly destroyed: () => boolean;
}

export type CellOrder = Pick<JailCommand, 'stdout' | 'stderr' | 'stdin' | 'ownPorts'> & {
  readonly shape: JailShape;
  readonly program: readonly string[];
  readonly timeLimitMs: number;
  readonly stdinText?: string;
};

/** Where its bytes come from and go to, and how long it may take. */
export function streamsOf(order: CellOrder): Pick<ToolCommand, 'stdin' | 'stdout' | 'stderr' | 'timeLimitMs'> {
  const stdin = order.stdinText ?? order.stdin;
  return {
    timeLimitMs: order.timeLimitMs,
    ...(stdin === undefined ? {} : { stdin }),
    ...(order.stdout === undefined ? {} : { stdout: order.stdout }),
    ...(order.stderr === undefined ? {} : { stderr: order.stderr }),
  };
}

/** The shape of the second jail: nothing but `/usr` and the mounts. */
export function secondJail(cell: Cell, mounts: readonly Mount[], env: Readonly<Record<string, string>>): JailShape {
  const { memoryBytes } = cell.limits;
  return {
    runner: cell.runner,
    network: false,
    etc: cell.place.etc,
    mounts,
    visible: [],
    hidden: [],
    env,
    sharedMemoryBytes: Math.floor(memoryBytes / 2),
    temporaryBytes: Math.min(Math.floor(memoryBytes / 4), 256 * 1024 * 1024),
    readsEverything: false,
    processes: cell.processes,
    filtered: cell.bounds.filter !== undefined,
  };
}

/** Starts a program in a jail of this shape, counted against the sandbox's limits from its first instruction. */
export async function startInCell(cell: Cell, order: CellOrder, stop: AbortSignal): Promise<JailedTool> {
  refuseDestroyed(cell);
  const hit = cell.watch.hit();
  if (hit !== undefined) return refused(hit);
  const tool = counted(cell, order, await cell.jailer.start(cell, order, stop));
  cell.live.add(tool);
  // A start takes a while: what ended the others meanwhile did not see this one.
  if (cell.watch.hit() !== undefined || cell.destroyed()) tool.signal('SIGKILL');
  void tool.ended.catch(() => undefined).then(() => cell.live.delete(tool));
  return tool;
}

/** After a limit nothing is started any more: nobody would watch it. To the caller it looks like a program that the limit ended. */
function refused(hit: LimitHit): JailedTool {
  const stderr = `the sandbox has reached its ${hit} limit\n`;
  const result = {
    exitCode: undefined,
    signal: 'SIGKILL',
    timedOut: false,
    stopped: false,
    durationMs: 0,
    stdout: '',
    stderr,
    droppedBytes: 0,
  };
  const nowhere = { inner: () => Promise.resolve(undefined), couldNot: () => undefined };
  return { pid: -1, ended: Promise.resolve(result), signal: () => undefined, ...nowhere };
}

/** Its end waits for the last look at the network figures, which are gone soon after. */
function counted(cell: Cell, { shape, ownPorts = false }: CellOrder, tool: JailedTool): JailedTool {
  if (shape.network) return tool;
  const counter = countAttempts(() => tool.inner(), { ownPorts });
  cell.counters.push(counter);
  return { ...tool, ended: tool.ended.finally(() => counter.finish()) };
}

/** Throws where the jail itself could not be made. */
export function refuseBroken(tool: JailedTool, result: ToolResult): void {
  const error = tool.couldNot(result);
  if (error !== undefined) throw error;
}

export function refuseDestroyed(cell: Cell): void {
  if (!cell.destroyed()) return;
  throw new SandboxError('broke', 'the sandbox was destroyed', { hint: 'Report this: nothing may be run in it any more.' });
}
