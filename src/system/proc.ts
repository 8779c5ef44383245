import { readdir, readFile } from 'node:fs/promises';

/** One process as the kernel tells it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Clock ticks since boot: with the pid it names a process for ever (until the next boot). */
  readonly startTime: string;
  /** `Z` is a zombie: it holds nothing but its number. */
  readonly state: string;
  readonly threads: number;
}

/** Every process now. Those that end while we look are left out. */
export async function listProcesses(): Promise<readonly ProcessEntry[]> {
  const names = await readdir('/proc');
  const entries = await Promise.all(names.filter(name => /^\d+$/.test(name)).map(name => readProcess(Number(name))));
  return entries.filter(entry => entry !== undefined);
}

/** One process, or undefined if there is none with this pid. */
export async function readProcess(pid: number): Promise<ProcessEntry | undefined> {
  const text = await readProc(pid, 'stat');
  // The name in parentheses is the program's own choice and may hold spaces and parentheses.
  const rest = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = rest ?? [];
  const startTime = rest?.[19];
  if (state === undefined || parent === undefined || startTime === undefined) return undefined;
  return { pid, parent: Number(parent), startTime, state, threads: Number(rest?.[17] ?? 1) };
}

/** A file of `/proc/<pid>`; undefined if the process is gone or keeps it from us. */
export async function readProc(pid: number, name: string): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${String(pid)}/${name}`, 'latin1');
  } catch {
    return undefined;
  }
}

/** Real uid of a process. */
export async function uidOf(pid: number): Promise<number | undefined> {
  const uid = /^Uid:\s+(\d+)/m.exec((await readProc(pid, 'status')) ?? '')?.[1];
  return uid === undefined ? undefined : Number(uid);
}

/** Direct children of a process. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const listed = await readProc(pid, `task/${String(pid)}/children`);
  if (listed !== undefined)
    return listed
      .split(' ')
      .filter(text => text !== '')
      .map(Number);
  // A kernel built without that file, or the process is gone.
  return (await listProcesses()).filter(entry => entry.parent === pid).map(entry => entry.pid);
}

/** Everything that descends from these processes, they themselves included. */
export function descendants(processes: readonly ProcessEntry[], roots: readonly number[]): readonly ProcessEntry[] {
  const found = new Set(roots);
  let before = -1;
  while (found.size !== before) {
    before = found.size;
    for (const entry of processes) if (found.has(entry.parent)) found.add(entry.pid);
  }
  return processes.filter(entry => found.has(entry.pid));
}

/** The kernel's name for this boot: a pid and start time of another boot mean nothing. */
export async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** Sends a signal. A process that is gone, or is not ours, is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already: whoever asks looks again afterwards.
  }
}
