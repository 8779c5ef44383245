import { PassThrough } from 'node:stream';
import { startTool, type RunningTool } from './process.ts';

export interface FileLock {
  /** Lets the next one in. May be repeated. */
  release(): Promise<void>;
}

/** Exit codes of flock(1): ours for "waited long enough", and its own for "could not open the file". */
const WAITED = 75;

export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code: 'busy' | 'cannot-open' | 'no-flock';
  constructor(code: LockError['code'], path: string) {
    super(`${path}: expected to get the lock, got ${code}`);
    this.code = code;
  }
}

/**
 * An exclusive lock on a file, held by the kernel for a child process: whatever becomes of us, even SIGKILL, closes the child's input and
 * with it frees the lock. No process id has to be believed, no stale lock has to be guessed. The file is made if it is missing.
 */
export async function lockFile(path: string, waitMs: number): Promise<FileLock> {
  const input = new PassThrough();
  const tool = await new Promise<RunningTool>((resolve, reject) => {
    const started = startTool(
      {
        file: 'flock',
        args: ['--exclusive', '--conflict-exit-code', String(WAITED), '--wait', String(waitMs / 1000), path, 'sh', '-c', 'echo; exec cat'],
        env: { PATH: '/usr/local/bin:/usr/bin:/bin' },
        stdin: input,
        stdout: () => resolve(started),
        timeLimitMs: 2 ** 31 - 1,
      },
      new AbortController().signal,
    );
    void started.ended.then(({ exitCode }) => reject(new LockError(meaningOf(exitCode), path)));
  });
  return {
    release: async () => {
      input.end();
      await tool.ended;
    },
  };
}

function meaningOf(exitCode: number | undefined): LockError['code'] {
  if (exitCode === undefined) return 'no-flock';
  return exitCode === WAITED ? 'busy' : 'cannot-open';
}
