import { LockHolder } from './lock-holder.ts';

export interface FileLock {
  /** Lets the next one in. May be repeated. */
  release(): Promise<void>;
}

export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code: 'busy' | 'cannot-open' | 'no-flock';
  constructor(code: LockError['code'], path: string) {
    super(`${path}: expected to get the lock, got ${code}`);
    this.code = code;
  }
}

/** A holder that nobody asks any more is let go: whoever appends all day keeps one, a command leaves none behind. */
const IDLE_MS = 1_000;

const idle: LockHolder[] = [];

/**
 * An exclusive lock on a file, held by the kernel for a child process: whatever becomes of us, even SIGKILL, closes the child's input and
 * with it frees the lock. No process id has to be believed, no stale lock has to be guessed. The file is made if it is missing. The child
 * is asked again for the next lock: to start one for each takes longer than what is done under it.
 */
export async function lockFile(path: string, waitMs: number): Promise<FileLock> {
  // What is asked is a line.
  if (path.includes('\n')) throw new LockError('cannot-open', path);
  for (;;) {
    const known = idle.pop();
    const holder = known ?? new LockHolder();
    const answer = await holder.take(path, waitMs);
    if (answer === 'taken') return held(holder);
    if (answer !== 'gone') putBack(holder);
    // It was ended while nobody asked it: then another one is started.
    if (answer !== 'gone' || known === undefined) throw new LockError(answer === 'gone' ? 'no-flock' : answer, path);
  }
}

function held(holder: LockHolder): FileLock {
  let released: Promise<void> | undefined;
  return { release: () => (released ??= holder.free().then(() => putBack(holder))) };
}

function putBack(holder: LockHolder): void {
  if (holder.isGone) return;
  idle.push(holder);
  const end = (): void => {
    const at = idle.indexOf(holder);
    if (at === -1 || holder.idleMs() < IDLE_MS) return;
    idle.splice(at, 1);
    holder.end();
  };
  setTimeout(end, IDLE_MS + 1).unref();
}
