/** So long a message that is being handed over may take to its end once the process was asked to end. */
const PATIENCE_MS = 10_000;

/**
 * Does it with a signal that fires only some time after `stop`: the other side may have taken what was sent to it, and whoever leaves before the
 * answer makes somebody be called twice.
 */
export async function patiently<T>(stop: AbortSignal, work: (ends: AbortSignal) => Promise<T>): Promise<T> {
  const ends = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => {
    timer = setTimeout(() => ends.abort(), PATIENCE_MS);
  };
  stop.addEventListener('abort', wait, { once: true });
  try {
    return await work(ends.signal);
  } finally {
    stop.removeEventListener('abort', wait);
    clearTimeout(timer);
  }
}
