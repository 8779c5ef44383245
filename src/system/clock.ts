import { performance } from 'node:perf_hooks';

/** The wall clock stamps, the monotonic clock measures. */
export interface Clock {
  /** RFC 3339, UTC, milliseconds, `Z`. */
  now(): string;
  /** Milliseconds of the monotonic clock; only differences mean something. */
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  monotonicMs: () => performance.now(),
};
