import type { ByteSource } from '../../system/range.ts';

/** What may be read before somebody has asked for a restore: bytes, and how often (each read of a bucket is a request). */
export interface ReadBudget {
  bytes: number;
  reads: number;
}

/** It would have taken more than the budget; nothing is known of the bytes. */
export class OverBudget extends Error {
  override readonly name = 'OverBudget';
}

/** The same source, on a budget that it uses up. */
export function onBudget(source: ByteSource, budget: ReadBudget): ByteSource {
  return {
    size: source.size,
    read: (from, length) => {
      budget.bytes -= Math.max(0, Math.min(length, source.size - from));
      budget.reads -= 1;
      return budget.bytes < 0 || budget.reads < 0 ? Promise.reject(new OverBudget('more than may be read')) : source.read(from, length);
    },
  };
}
