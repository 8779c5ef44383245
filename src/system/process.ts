import { execa } from 'execa';
import type { Readable } from 'node:stream';
import { collect, type Sink } from './collect.ts';

/** How a program ended. Success and failure have one shape; each adapter reads exit codes by its own table. */
export interface ToolResult {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  /** The caller's stop signal ended it. */
  readonly stopped: boolean;
  readonly durationMs: number;
  /** Captured output, bounded; empty when it went elsewhere. Standard error keeps its last part. */
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes that were printed but not kept. */
  readonly droppedBytes: number;
}

export interface ToolCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** The whole environment: nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly stdin?: Readable | string;
  readonly stdout?: 'capture' | { readonly file: string } | ((chunk: Buffer) => void | Promise<void>);
  readonly stderr?: 'capture' | { readonly file: string } | ((chunk: Buffer) => void);
  readonly timeLimitMs: number;
  /** Between the polite signal and the last one. Default 2,000. */
  readonly graceMs?: number;
  /** Bytes kept of each captured stream. Default 1 MiB. */
  readonly keepBytes?: number;
}

export interface RunningTool {
  readonly pid: number;
  readonly ended: Promise<ToolResult>;
  /** Signals the whole process group. A group that is gone is no error. */
  signal(signal: NodeJS.Signals): void;
}

/** No timer can be longer (it would fire at once). */
const LONGEST_MS = 2_147_483_647;

/** How long the pipes of a killed group may stay open: who holds them longer left the group, and is not waited for. */
const HELD_MS = 500;

/**
 * The one door for processes: arguments as an array, environment by allow-list, a limit of time and of captured output, and the
 * whole process group is killed (execa's own timeout leaves grandchildren that hold the pipe).
 */
export function startTool(command: ToolCommand, stop: AbortSignal): RunningTool {
  const keep = command.keepBytes ?? 1_048_576;
  const startedAt = performance.now();
  const child = spawned(command);
  const out = collect(child.stdout, command.stdout, keep);
  const err = collect(child.stderr, command.stderr, keep);
  feed(child.stdin, command.stdin);
  const ending = endingOf(child, { graceMs: command.graceMs ?? 2_000, abandon: () => [out, err].forEach(each => each.abandon()) });
  const soft = setTimeout(() => ending.end('timedOut'), Math.min(command.timeLimitMs, LONGEST_MS));
  const onStop = (): void => ending.end('stopped');
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();

  /** A sink that rejects has had enough: the program is ended, and its end awaited, before anyone hears of it. */
  const sinkFailed = (error: unknown): never => {
    ending.end('sink');
    throw error;
  };

  const finish = async (): Promise<ToolResult> => {
    const sinks = [out, err].map(each => each.done.catch(sinkFailed));
    const [result, ...sunk] = await Promise.allSettled([child, ...sinks]);
    clearTimeout(soft);
    stop.removeEventListener('abort', onStop);
    ending.over();
    const failure = [...sunk, result].find(each => each.status === 'rejected');
    if (result.status === 'rejected' || failure !== undefined) throw failure?.reason;
    const { exitCode, signal, originalMessage } = result.value;
    const unstarted = exitCode === undefined && signal === undefined;
    return {
      exitCode,
      signal,
      timedOut: ending.why() === 'timedOut',
      stopped: ending.why() === 'stopped',
      durationMs: performance.now() - startedAt,
      stdout: out.text(),
      // Without the arguments: they hold names of files.
      stderr: unstarted ? `${err.text()}${originalMessage ?? ''}` : err.text(),
      droppedBytes: out.dropped() + err.dropped(),
    };
  };
  return { pid: child.pid ?? -1, ended: finish(), signal: ending.signal };
}

/** Runs a program to its end. Never rejects for how the program ended; rejects only if a sink that was handed in rejects. */
export function runTool(command: ToolCommand, stop: AbortSignal): Promise<ToolResult> {
  return startTool(command, stop).ended;
}

function spawned(command: ToolCommand) {
  return execa(command.file, [...command.args], {
    ...(command.uid === undefined ? {} : { uid: command.uid, gid: command.gid ?? command.uid }),
    cwd: command.cwd ?? '/',
    env: { ...command.env },
    extendEnv: false,
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdin: command.stdin === undefined ? 'ignore' : 'pipe',
    stdout: fileOrPipe(command.stdout),
    stderr: fileOrPipe(command.stderr),
  });
}

type Why = 'timedOut' | 'stopped' | 'sink';

interface Ending {
  /** Politely, then hard; only the first reason counts. */
  end(why: Why): void;
  readonly signal: (name: NodeJS.Signals) => void;
  why(): Why | undefined;
  /** It has ended: its number may be another's soon, so nothing is signalled any more. */
  over(): void;
}

function endingOf(child: { readonly pid?: number | undefined }, how: { readonly graceMs: number; abandon(): void }): Ending {
  let why: Why | undefined;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined && !isOver) process.kill(-child.pid, name);
    } catch {
      // The group is gone already: that is what was wanted.
    }
  };
  const hard = (): void => {
    signal('SIGKILL');
    timer = setTimeout(() => how.abandon(), HELD_MS);
  };
  return {
    signal,
    why: () => why,
    end: reason => {
      if (why !== undefined) return;
      why = reason;
      signal('SIGTERM');
      timer = setTimeout(hard, how.graceMs);
    },
    over: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

function fileOrPipe(sink: Sink): 'pipe' | { file: string } {
  return typeof sink === 'object' ? { file: sink.file } : 'pipe';
}

/** A program may close its input early; then writing fails with EPIPE, and how it ended says the rest. */
function feed(input: NodeJS.WritableStream | null | undefined, bytes: Readable | string | undefined): void {
  if (input === null || input === undefined || bytes === undefined) return;
  input.on('error', () => {
    if (typeof bytes !== 'string') bytes.destroy();
  });
  if (typeof bytes === 'string') input.end(bytes);
  else bytes.on('error', () => input.end()).pipe(input);
}
