import type { JailCommand, LimitHit, Mount } from '../../backup/target.ts';
import { startTool, type RunningTool } from '../../system/process.ts';
import { SandboxError, type Limits } from '../sandbox.ts';
import { bubblewrapArguments, type JailShape, type Runner } from './arguments.ts';
import { FILTER_FD, launcherArguments, type Launch } from './launch.ts';
import { countAttempts, type AttemptCounter } from './attempts.ts';
import type { Place } from './place.ts';
import type { Watch } from './watch.ts';

/** What all jails of one sandbox share: the folders, the user, the limits, and the programs that run now. */
export interface Cell {
  readonly place: Place;
  readonly runner: Runner;
  readonly limits: Limits;
  readonly watch: Watch;
  /** The programs that run now, by their outermost process. */
  readonly live: Set<RunningTool>;
  /** One for each jail without a network that ever ran. */
  readonly counters: AttemptCounter[];
  readonly launch: Omit<Launch, 'fileBytes'>;
  /** Program to make jails with. */
  readonly bubblewrap: string;
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

/** No timer can be longer. */
const LONGEST_MS = 2_147_483_647;

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
    filterFd: cell.launch.filter === undefined ? undefined : FILTER_FD,
  };
}

/** Starts a program in a jail of this shape, counted against the sandbox's limits from its first instruction. */
export function startInCell(cell: Cell, order: CellOrder, stop: AbortSignal): RunningTool {
  if (cell.destroyed())
    throw new SandboxError('broke', 'the sandbox was destroyed', { hint: 'Report this: nothing may be run in it any more.' });
  const hit = cell.watch.hit();
  if (hit !== undefined) return refused(hit);
  const program = [cell.bubblewrap, ...bubblewrapArguments(order.shape, order.program)];
  const stdin = order.stdinText ?? order.stdin;
  const started = startTool(
    {
      file: '/bin/sh',
      args: launcherArguments({ ...cell.launch, fileBytes: cell.limits.diskBytes }, program),
      // The label is on bubblewrap itself; the jailed program does not inherit it.
      env: { ...order.shape.secrets, PATH: '/usr/local/bin:/usr/bin:/bin', RESURGAM_DRILL: cell.place.drill },
      timeLimitMs: Math.min(order.timeLimitMs, LONGEST_MS),
      graceMs: 100,
      ...(stdin === undefined ? {} : { stdin }),
      ...(order.stdout === undefined ? {} : { stdout: order.stdout }),
      ...(order.stderr === undefined ? {} : { stderr: order.stderr }),
    },
    stop,
  );
  const tool = counted(cell, order, started);
  cell.live.add(tool);
  void tool.ended.catch(() => undefined).then(() => cell.live.delete(tool));
  return tool;
}

/** After a limit nothing is started any more: nobody would watch it. To the caller it looks like a program that the limit ended. */
function refused(hit: LimitHit): RunningTool {
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
  return { pid: -1, ended: Promise.resolve(result), signal: () => undefined };
}

/** Its end waits for the last look at the network figures, which are gone soon after. */
function counted(cell: Cell, { shape, ownPorts = false }: CellOrder, tool: RunningTool): RunningTool {
  if (shape.network) return tool;
  const counter = countAttempts(tool.pid, { ownPorts });
  cell.counters.push(counter);
  return { ...tool, ended: tool.ended.finally(() => counter.finish()) };
}
