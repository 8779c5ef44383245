import { setTimeout as rest } from 'node:timers/promises';
import { StoreError } from './error.ts';

const AGAIN_MS = 2_000;
/** Whoever is asked to end waits no longer than this. */
const LAST_PATIENCE_MS = 20_000;

/**
 * Does it again and again while PostgreSQL cannot be reached: what was measured must not be lost because a server is started again, be it after an
 * hour. Rejects like `act`; with `state-unreachable` only after `stop`.
 */
export async function untilReachable<T>(act: () => Promise<T>, stop: AbortSignal): Promise<T> {
  let patienceMs = LAST_PATIENCE_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'state-unreachable') throw error;
      if (stop.aborted) patienceMs -= AGAIN_MS;
      if (patienceMs <= 0) throw error;
      await rest(AGAIN_MS);
    }
  }
}
