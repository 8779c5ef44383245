import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, constants as flags, mkdtempSync, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** How a command ended that ran in somebody else's place. */
export interface PassedThrough {
  /** As a shell says it: the exit code, 128 + the signal's number, 127 if there is no such program, 126 if it may not be run. */
  readonly exitCode: number;
  /** By the monotonic clock. */
  readonly durationMs: number;
  /** Bytes of standard output. */
  readonly outputBytes: number;
  /** The last part of standard error. */
  readonly stderr: Buffer;
  /** What came before that part was not kept. */
  readonly cut: boolean;
}

export interface PassThrough {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Bytes of standard error to keep. */
  readonly keepBytes: number;
}

const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const;

/**
 * Runs a command as if the caller had: its environment, folder, process group and standard input are ours, its output goes through
 * unchanged and no faster than it is taken, and signals reach it. Never rejects: that it could not be started is an exit code too.
 */
export async function passThrough(command: PassThrough): Promise<PassedThrough> {
  const startedAt = performance.now();
  const [outPipe, errPipe] = realPipes();
  const stdio = ['inherit', outPipe?.write ?? 'pipe', errPipe?.write ?? 'pipe'] as const;
  const child = spawn(command.file, [...command.args], { env: { ...command.env }, stdio: [...stdio] });
  for (const pipe of [outPipe, errPipe]) if (pipe !== undefined) closeSync(pipe.write);
  const forward = (signal: NodeJS.Signals): void => {
    // A terminal sends these to the whole group: the command has it already, and many take a second one for "at once".
    if ((signal === 'SIGINT' || signal === 'SIGQUIT') && process.stdin.isTTY) return;
    child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);
  const out = carry(outPipe?.read ?? child.stdout, command.stdout, () => undefined);
  const tail = new Tail(command.keepBytes);
  const err = carry(errPipe?.read ?? child.stderr, command.stderr, chunk => tail.add(chunk));
  try {
    const exitCode = await ended(child, command.stderr);
    const [outputBytes] = await Promise.all([out, err]);
    return { exitCode, durationMs: performance.now() - startedAt, outputBytes, stderr: tail.bytes(), cut: tail.cut };
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

/** `close`, not `exit`: what the command still had to say is on its way. */
function ended(child: ChildProcess, stderr: Writable): Promise<number> {
  return new Promise(resolve => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return;
      stderr.write(`resurgam: the command could not be started (${error.code ?? 'unknown cause'})\n`);
      resolve(error.code === 'ENOENT' ? 127 : 126);
    });
    child.once('close', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** Everything from one side to the other, counted. If the taker goes away the giver gets its EPIPE, as it would have without us. */
function carry(from: Readable | null, to: Writable, seen: (chunk: Buffer) => void): Promise<number> {
  if (from === null) return Promise.resolve(0);
  return new Promise(resolve => {
    let bytes = 0;
    const onDrain = (): void => void from.resume();
    const onGone = (): void => void from.destroy();
    const done = (): void => {
      to.off('drain', onDrain);
      // The listener for errors stays: one may come with the last write.
      resolve(bytes);
    };
    from.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      seen(chunk);
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', onDrain);
    to.on('error', onGone);
    from.on('error', onGone);
    from.once('close', done);
  });
}

interface RealPipe {
  readonly read: Readable;
  readonly write: number;
}

/**
 * Two pipes of the operating system's own kind: what Node makes are sockets, which scripts cannot open again as /dev/stdout or /dev/stderr,
 * and whose writers hear another error when the reader goes. Made of named pipes whose names are gone before anybody else sees them. None
 * if there is no room for them: then Node's own must do.
 */
function realPipes(): readonly RealPipe[] {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), 'resurgam-wrap-'));
    const names = [join(folder, 'out'), join(folder, 'err')];
    if (spawnSync('mkfifo', ['-m', '600', ...names]).status !== 0) return [];
    return names.map(name => {
      const read = openSync(name, flags.O_RDONLY | flags.O_NONBLOCK);
      const write = openSync(name, flags.O_WRONLY);
      return { read: new Socket({ fd: read, readable: true, writable: false }), write };
    });
  } catch {
    return [];
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** The last bytes of a stream. */
class Tail {
  readonly #keep: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  cut = false;

  constructor(keep: number) {
    this.#keep = keep;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > 2 * this.#keep) this.#chunks = [this.bytes()];
    if (this.#chunks.length === 1) this.#bytes = this.#chunks[0]?.length ?? 0;
  }

  bytes(): Buffer {
    const all = Buffer.concat(this.#chunks);
    if (all.length <= this.#keep) return all;
    this.cut = true;
    return Buffer.from(all.subarray(all.length - this.#keep));
  }
}
