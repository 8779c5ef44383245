/** Timers longer than 2^31 ms fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * A signal that fires after so many milliseconds. Unlike `AbortSignal.timeout` it does so under `AbortSignal.any`, too: there, Node 20 forgets a
 * limit that nothing else holds as soon as memory is cleaned up, and what was to be limited waits for ever. It keeps no process alive.
 */
export function timeLimit(ms: number): AbortSignal {
  const limit = new AbortController();
  setTimeout(() => limit.abort(new DOMException(`took longer than ${ms} ms`, 'TimeoutError')), Math.min(ms, LONGEST_MS)).unref();
  return limit.signal;
}
