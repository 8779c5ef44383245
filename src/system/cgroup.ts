import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroupPlaces, type CgroupPlace } from './cgroup-places.ts';
import { signalProcess } from './proc.ts';
import { runTool } from './process.ts';

/** Whole numbers; what a group of processes may use together. */
export interface CgroupLimits {
  readonly memoryBytes: number;
  readonly processes: number;
  /** Undefined: all there are. Then no group is made for them: in one, many processes weigh as little as one outside. */
  readonly cpus: number | undefined;
}

export type Counted = 'memory' | 'pids' | 'cpu';

/** One named group of processes, in as many hierarchies as the kernel wants. */
export interface Cgroup {
  /** Absolute; enough for `killCgroup` and `removeCgroup`, also in another process. */
  readonly folders: readonly string[];
  /** Writing `0` into each moves the writer into the group. */
  readonly enter: readonly string[];
  /** What the kernel really limits here. Nothing else may be believed to be limited. */
  readonly counted: ReadonlySet<Counted>;
  /** Whether a limit was reached since the group was made. */
  reached(): Promise<{ readonly memory: boolean; readonly processes: boolean }>;
}

/** Makes a limited group wherever this user may. Undefined where nothing of it can be had (no right, no controllers): never an error. */
export async function makeCgroup(name: string, limits: CgroupLimits, places?: readonly CgroupPlace[]): Promise<Cgroup | undefined> {
  const made: { readonly folder: string; readonly place: CgroupPlace }[] = [];
  const counted = new Set<Counted>();
  for (const place of places ?? (await cgroupPlaces())) {
    if (place.controllers.every(name => counted.has(name))) continue;
    const folder = join(place.parent, name);
    const limited = await limitedFolder(folder, place, limits);
    if (limited.length === 0) continue;
    made.push({ folder, place });
    for (const controller of limited) counted.add(controller);
  }
  if (made.length === 0) return undefined;
  const enter = made.map(each => join(each.folder, 'cgroup.procs'));
  if (!(await canEnter(enter))) {
    await removeCgroup(made.map(each => each.folder));
    return undefined;
  }
  return {
    folders: made.map(each => each.folder),
    enter,
    counted,
    reached: async () => {
      const all = await Promise.all(made.map(each => reachedIn(each.folder)));
      return { memory: all.some(one => one.memory), processes: all.some(one => one.processes) };
    },
  };
}

/** Makes the folder and sets its limits; answers which of them hold. A folder that limits nothing is removed again. */
async function limitedFolder(folder: string, place: CgroupPlace, limits: CgroupLimits): Promise<readonly Counted[]> {
  try {
    await mkdir(folder);
  } catch {
    return [];
  }
  const holds: Counted[] = [];
  for (const controller of place.controllers) {
    if (controller === 'cpu' && limits.cpus === undefined) continue;
    if (await writeAll(folder, settings(place.version, controller, limits))) holds.push(controller);
  }
  if (holds.length === 0) {
    await rmdir(folder).catch(() => undefined);
    return [];
  }
  return holds;
}

type Setting = readonly [file: string, value: string, optional?: 'optional'];

function settings(version: 1 | 2, controller: Counted, limits: CgroupLimits): readonly Setting[] {
  const memory = String(limits.memoryBytes);
  const cpus = limits.cpus ?? 1;
  const quota = String(cpus * 100_000);
  const table = {
    1: {
      memory: [
        ['memory.limit_in_bytes', memory],
        ['memory.memsw.limit_in_bytes', memory, 'optional'],
      ],
      pids: [['pids.max', String(limits.processes)]],
      cpu: [
        ['cpu.cfs_period_us', '100000'],
        ['cpu.cfs_quota_us', quota],
        ['cpu.shares', String(cpus * 1024), 'optional'],
      ],
    },
    2: {
      memory: [
        ['memory.max', memory],
        ['memory.swap.max', '0', 'optional'],
      ],
      pids: [['pids.max', String(limits.processes)]],
      cpu: [
        ['cpu.max', `${quota} 100000`],
        ['cpu.weight', String(cpus * 100), 'optional'],
      ],
    },
  } as const satisfies Record<1 | 2, Record<Counted, readonly Setting[]>>;
  return table[version][controller];
}

async function writeAll(folder: string, all: readonly Setting[]): Promise<boolean> {
  for (const [file, value, optional] of all) {
    try {
      // `r+`: a control file is never made, only written.
      await writeFile(join(folder, file), value, { flag: 'r+' });
    } catch {
      if (optional === undefined) return false;
    }
  }
  return true;
}

/** Making a group and moving into it need different rights: found out by a shell that moves and ends. */
async function canEnter(enter: readonly string[]): Promise<boolean> {
  const command = { file: '/bin/sh', args: ['-c', 'for f; do echo 0 > "$f" || exit 1; done', 'sh', ...enter], env: {}, timeLimitMs: 5_000 };
  return (await runTool(command, new AbortController().signal)).exitCode === 0;
}

/** Version 1 counts in the group in which it happened: that may be one below. */
async function reachedIn(folder: string): Promise<{ readonly memory: boolean; readonly processes: boolean }> {
  const [v2, v1, pids] = await Promise.all(['memory.events', 'memory.oom_control', 'pids.events'].map(name => read(folder, name)));
  const above0 = (text: string | undefined, name: string): boolean => new RegExp(`^${name} [1-9]`, 'm').test(text ?? '');
  const below = await Promise.all((await groupsBelow(folder)).map(reachedIn));
  return {
    memory: above0(v2, 'oom_kill') || above0(v1, 'oom_kill') || below.some(one => one.memory),
    processes: above0(pids, 'max') || below.some(one => one.processes),
  };
}

async function groupsBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter(entry => entry.isDirectory()).map(entry => join(folder, entry.name));
}

function read(folder: string, name: string): Promise<string | undefined> {
  return readFile(join(folder, name), 'utf8').catch(() => undefined);
}

/** Pids in these groups and the groups below them. */
export async function pidsIn(folders: readonly string[]): Promise<readonly number[]> {
  const lists = await Promise.all(
    folders.map(async folder => {
      const inner = await groupsBelow(folder);
      const own = ((await read(folder, 'cgroup.procs')) ?? '').split('\n').filter(line => line !== '');
      return [...own.map(Number), ...(inner.length === 0 ? [] : await pidsIn(inner))];
    }),
  );
  return [...new Set(lists.flat())];
}

/** Kills everything in these groups. Killing is asynchronous: look with `pidsIn` afterwards. */
export async function killCgroup(folders: readonly string[]): Promise<void> {
  for (const pid of await pidsIn(folders)) signalProcess(pid, 'SIGKILL');
}

/** Removes empty groups and those below them; answers how many are still there. */
export async function removeCgroup(folders: readonly string[]): Promise<number> {
  const left = await Promise.all(
    folders.map(async folder => {
      await removeCgroup(await groupsBelow(folder));
      return rmdir(folder).then(
        () => 0,
        (error: unknown) => (error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 0 : 1),
      );
    }),
  );
  return left.filter(one => one === 1).length;
}
