import { lockFile, LockError } from '../system/file-lock.ts';
import { StoreError } from './error.ts';

/** An append takes milliseconds; a checkpoint of a large ledger a second. Whoever waits longer is told. */
const WAIT_MS = 60_000;

/** Runs `act` while nobody else who asks for the same lock does. Throws StoreError `busy` after a minute. */
export async function withLock<T>(path: string, act: () => Promise<T>): Promise<T> {
  const lock = await lockFile(path, WAIT_MS).catch((cause: unknown) => {
    throw lockRefused(cause, path);
  });
  try {
    return await act();
  } finally {
    await lock.release();
  }
}

function lockRefused(cause: unknown, path: string): unknown {
  if (!(cause instanceof LockError)) return cause;
  if (cause.code === 'busy') {
    return new StoreError('busy', `${path}: expected the lock within a minute, another process holds it`, {
      hint: 'Wait for the other process to end.',
      cause,
    });
  }
  if (cause.code === 'no-flock') {
    return new StoreError('tool-missing', 'flock: expected the program, it is not there', { hint: 'Install util-linux.', cause });
  }
  return new StoreError('home-unwritable', `${path}: expected a lock file, it could not be opened`, {
    hint: 'Look at the rights of RESURGAM_HOME.',
    cause,
  });
}
