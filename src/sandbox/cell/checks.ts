import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { freeBytes } from '../../system/tree.ts';
import { readFile } from '../../system/files.ts';
import { SandboxError, type Limits, type SandboxRequest } from '../sandbox.ts';

/** No server and no restore tool starts with less. */
const LEAST_MEMORY_BYTES = 64 * 1024 * 1024;

/** Refuses early what would die late: too little disk or memory for what is to be restored. Throws SandboxError. */
export async function checkRoom(scratch: string, request: SandboxRequest, reserveBytes: number): Promise<void> {
  const { limits, expectedBytes } = request;
  const free = await freeBytes(scratch);
  if (limits.diskBytes < expectedBytes) {
    throw new SandboxError(
      'disk-too-small',
      `the restore needs about ${gib(expectedBytes)} of disk, but the limit is ${gib(limits.diskBytes)}`,
      {
        hint: 'Raise `limits.disk` in the plan.',
      },
    );
  }
  if (free < expectedBytes + reserveBytes) {
    const figures = `about ${gib(expectedBytes)} and ${gib(reserveBytes)} are kept free, but ${gib(free)} are free`;
    throw new SandboxError('disk-too-small', `the restore needs disk for ${figures}`, {
      hint: 'Free some disk, or set RESURGAM_HOME to a folder on a larger one.',
    });
  }
  await checkMemory(limits);
}

async function checkMemory(limits: Limits): Promise<void> {
  const text = await readFile('/proc/meminfo', 'utf8');
  const available = Number(/^MemAvailable:\s+(\d+)/m.exec(text)?.[1] ?? Infinity) * 1024;
  if (limits.memoryBytes < LEAST_MEMORY_BYTES) {
    throw new SandboxError('memory-too-small', `the memory limit is ${gib(limits.memoryBytes)}, no server starts with that`, {
      hint: 'Raise `limits.memory` in the plan to 256 MiB at least.',
    });
  }
  if (available < LEAST_MEMORY_BYTES * 2) {
    throw new SandboxError('memory-too-small', `only ${gib(available)} of memory are available on this machine`, {
      hint: 'End other programs, or drill on another machine.',
    });
  }
}

/**
 * Programs of the launcher that bind the sandbox to so many of the CPUs that we may use ourselves: the same ones for all components of a
 * drill, which share them, and other ones for another drill where there are more. A quota alone would be each component's own.
 */
export async function boundCpus(cpus: number, drill: string): Promise<readonly string[]> {
  if (cpus >= availableParallelism()) return [];
  const list = /^Cpus_allowed_list:\s+(\S+)/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ['taskset', '-c', cpusOf(list, { cpus, drill }).join(',')];
}

/** Whether a sandbox is one of several of its drill, by its label. */
export function isOneOfSeveral(label: string): boolean {
  return label.includes('.');
}

/** Neighbouring CPUs of a list such as `0-3,8`, from one that the drill's id chooses. Pure. */
export function cpusOf(list: string, { cpus, drill }: { readonly cpus: number; readonly drill: string }): readonly number[] {
  const all = list.split(',').flatMap(range => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
  const many = Math.min(all.length, Math.max(1, Math.floor(cpus)));
  const [id = ''] = drill.split('.');
  const from = createHash('sha256').update(id).digest().readUInt32BE(0) % all.length;
  return Array.from({ length: many }, (_, index) => all[(from + index) % all.length] ?? 0).sort((a, b) => a - b);
}

function gib(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
