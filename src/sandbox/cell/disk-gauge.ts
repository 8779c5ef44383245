import { performance } from 'node:perf_hooks';
import { allocatedBytes, deletedBytes, freeBytes } from '../../system/tree.ts';
import type { Limits } from '../sandbox.ts';
import { jailedProcesses, type CellUsage } from './usage.ts';

export interface Gauged {
  readonly folder: string;
  readonly limits: Limits;
  readonly reserveBytes: number;
  readonly usage: Pick<CellUsage, 'inside'>;
  /** Free bytes of the file system of a folder; default: as it says it. */
  readonly free?: (folder: string) => Promise<number>;
}

/** Counting may take this part of the time at most, unless the free disk says that it must be done. */
const SHARE = 1 / 20;

/**
 * Whether the sandbox has used up its disk. Counting a tree of many files is dear, asking the file system for its free bytes is not: so a
 * count is taken when enough disk has gone since the last one to matter, or when the last one was long enough ago.
 */
export function diskGauge(gauged: Gauged): { isFull(exact: boolean): Promise<boolean> } {
  const { folder, limits, reserveBytes, free: freeOf = freeBytes } = gauged;
  let usedBytes = 0;
  let freeThen = Infinity;
  let goneBytes = 0;
  let nextMs = 0;

  const count = async (): Promise<void> => {
    const startedMs = performance.now();
    // What the file system says of its free bytes does not tell: others may free some at the same time.
    const [named, deleted] = await Promise.all([allocatedBytes(folder), pids().then(all => deletedBytes(folder, all))]);
    usedBytes = named === undefined ? usedBytes : named + deleted;
    goneBytes = 0;
    const endedMs = performance.now();
    nextMs = endedMs + Math.min((endedMs - startedMs) / SHARE, 10_000);
  };
  const pids = async (): Promise<readonly number[]> => (await jailedProcesses(gauged.usage)).map(entry => entry.pid);

  return {
    isFull: async exact => {
      const free = await freeOf(folder);
      if (free < reserveBytes) return true;
      // Added up from look to look: what others give back must not hide what is taken here.
      goneBytes += Math.max(0, freeThen - free);
      freeThen = free;
      const matters = goneBytes > (limits.diskBytes - usedBytes) / 4;
      if (exact || matters || performance.now() >= nextMs) await count();
      return usedBytes >= limits.diskBytes;
    },
  };
}
