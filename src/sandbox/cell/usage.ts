import type { LimitHit } from '../../backup/target.ts';
import type { Cgroup } from '../../system/cgroup.ts';
import { descendants, listProcesses, readProc, type ProcessEntry } from '../../system/proc.ts';
import type { Limits } from '../sandbox.ts';

/** How to see what a sandbox's processes use. */
export interface CellUsage {
  readonly cgroup: Cgroup | undefined;
  /** Pids of the first process in each jail that runs now. */
  inside(): Promise<readonly number[]>;
}

/** Memory or processes, if that limit was reached. Where a cgroup counts, it is asked; else the processes are added up. */
export async function usedBy(usage: CellUsage, limits: Limits): Promise<LimitHit | undefined> {
  const reached = await usage.cgroup?.reached();
  if (reached?.memory === true) return 'memory';
  if (reached?.processes === true) return 'processes';
  const counted = usage.cgroup?.counted;
  if (counted?.has('memory') === true && counted.has('pids')) return undefined;
  const jailed = await jailedProcesses(usage);
  if (counted?.has('pids') !== true && jailed.reduce((sum, entry) => sum + entry.threads, 0) >= limits.processes) return 'processes';
  if (counted?.has('memory') !== true && (await memoryOf(jailed)) >= limits.memoryBytes) return 'memory';
  return undefined;
}

/** Every process of the sandbox. An orphan stays below the first of its jail: number 1 of its process namespace takes it in. */
export async function jailedProcesses(usage: Pick<CellUsage, 'inside'>): Promise<readonly ProcessEntry[]> {
  const roots = await usage.inside();
  return roots.length === 0 ? [] : descendants(await listProcesses(), roots);
}

/** Private memory of each, and shared memory once: what one server's processes share is the same memory. */
async function memoryOf(processes: readonly ProcessEntry[]): Promise<number> {
  let own = 0;
  let shared = 0;
  for (const { pid } of processes) {
    const status = (await readProc(pid, 'status')) ?? '';
    const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
    own += bytes('RssAnon');
    shared = Math.max(shared, bytes('RssShmem'));
  }
  return own + shared;
}
