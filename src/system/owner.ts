import { bootId, readProcess } from './proc.ts';

/** A process, named so that no later one can be taken for it: pids are used again, start times and boots are not. */
export interface Owner {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
}

/** Ourselves. */
export async function ownOwner(): Promise<Owner> {
  const [entry, boot] = await Promise.all([readProcess(process.pid), bootId()]);
  if (entry === undefined) throw new Error('/proc does not show our own process');
  return { pid: entry.pid, startTime: entry.startTime, bootId: boot };
}

/** Whether that very process still runs. A zombie does not: it can finish nothing. */
export async function isRunning(owner: Owner): Promise<boolean> {
  if (owner.bootId !== (await bootId())) return false;
  const entry = await readProcess(owner.pid);
  return entry !== undefined && entry.startTime === owner.startTime && entry.state !== 'Z' && entry.state !== 'X';
}

/** Reads an owner out of parsed JSON; undefined if it is none. */
export function ownerIn(value: unknown): Owner | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, startTime, bootId: boot } = value as Record<string, unknown>;
  if (typeof pid !== 'number' || typeof startTime !== 'string' || typeof boot !== 'string') return undefined;
  return { pid, startTime, bootId: boot };
}
