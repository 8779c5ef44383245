import { execa } from 'execa';
import type { Readable } from 'node:stream';

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

/**
 * The one door for processes: arguments as an array, environment by allow-list, a limit of time and of captured output, and the
 * whole process group is killed (execa's own timeout leaves grandchildren that hold the pipe).
 */
export function startTool(command: ToolCommand, stop: AbortSignal): RunningTool {
  const keep = command.keepBytes ?? 1_048_576;
  const startedAt = performance.now();
  const child = execa(command.file, [...command.args], {
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
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // The group is gone already: that is what was wanted.
    }
  };
  let why: 'timedOut' | 'stopped' | undefined;
  let hard: NodeJS.Timeout | undefined;
  const end = (reason: 'timedOut' | 'stopped') => (): void => {
    why ??= reason;
    signal('SIGTERM');
    hard ??= setTimeout(() => signal('SIGKILL'), command.graceMs ?? 2_000);
  };
  const onStop = end('stopped');
  const soft = setTimeout(end('timedOut'), command.timeLimitMs);
  stop.addEventListener('abort', onStop, { once: true });
  if (stop.aborted) onStop();
  const out = collect(child.stdout, command.stdout, keep);
  const err = collect(child.stderr, command.stderr, keep);
  feed(child.stdin, command.stdin);

  const finish = async (): Promise<ToolResult> => {
    try {
      const [result] = await Promise.all([child, out.done, err.done]);
      return {
        exitCode: result.exitCode,
        signal: result.signal,
        timedOut: why === 'timedOut',
        stopped: why === 'stopped',
        durationMs: performance.now() - startedAt,
        stdout: out.text(),
        stderr: result.exitCode === undefined && result.signal === undefined ? `${err.text()}${result.shortMessage ?? ''}` : err.text(),
        droppedBytes: out.dropped() + err.dropped(),
      };
    } finally {
      clearTimeout(soft);
      clearTimeout(hard);
      stop.removeEventListener('abort', onStop);
    }
  };
  return { pid: child.pid ?? -1, ended: finish(), signal };
}

/** Runs a program to its end. Never rejects for how the program ended; rejects only if a sink that was handed in rejects. */
export function runTool(command: ToolCommand, stop: AbortSignal): Promise<ToolResult> {
  return startTool(command, stop).ended;
}

type Sink = ToolCommand['stdout'];

function fileOrPipe(sink: Sink): 'pipe' | { file: string } {
  return typeof sink === 'object' ? { file: sink.file } : 'pipe';
}

interface Collected {
  readonly done: Promise<void>;
  text(): string;
  dropped(): number;
}

/** Keeps the last `keep` bytes, or hands each chunk on; an async sink slows the program down instead of filling memory. */
function collect(stream: Readable | null | undefined, sink: Sink, keep: number): Collected {
  const chunks: Buffer[] = [];
  let kept = 0;
  let dropped = 0;
  const take = (chunk: Buffer): void => {
    chunks.push(chunk);
    kept += chunk.length;
    while (kept > keep && chunks.length > 1) {
      const first = chunks.shift()?.length ?? 0;
      kept -= first;
      dropped += first;
    }
  };
  const drain = async (): Promise<void> => {
    if (stream === null || stream === undefined || typeof sink === 'object') return;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (typeof sink === 'function') await sink(chunk);
      else take(chunk);
    }
  };
  return { done: drain(), text: () => Buffer.concat(chunks).toString('utf8'), dropped: () => dropped };
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
