import type { LimitHit } from '../../backup/target.ts';
import type { Cgroup } from '../../system/cgroup.ts';
import { descendants, listProcesses, readProc, type ProcessEntry } from '../../system/proc.ts';
import type { Limits } from '../sandbox.ts';

/** How to see what a sandbox's processes use. */
export interface CellUsage {
  readonly cgroup: Cgroup | undefined;
  /** Pids of the outermost processes that run now. */
  outermost(): readonly number[];
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

/** Every process of the sandbox but the outermost bubblewraps. An orphan stays below them: number 1 of its process namespace takes it in. */
export async function jailedProcesses(usage: Pick<CellUsage, 'outermost'>): Promise<readonly ProcessEntry[]> {
  const roots = usage.outermost();
  if (roots.length === 0) return [];
  return descendants(await listProcesses(), roots).filter(entry => !roots.includes(entry.pid));
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
