import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killCgroup, pidsIn, removeCgroup } from '../../system/cgroup.ts';
import { allocatedBytes, removeTree } from '../../system/tree.ts';
import { exists, isCode, readdir } from '../../system/files.ts';
import { mountsBelow } from '../../system/mounts.ts';
import { descendants, listProcesses, readProc, signalProcess, uidOf } from '../../system/proc.ts';
import { runTool } from '../../system/process.ts';
import { MARKER } from './marker.ts';

/** Everything by which a sandbox can be recognised on this machine. */
export interface Traces {
  readonly drill: string;
  readonly folder: string;
  /** Outside its folder: what was planted while the isolation was tried. */
  readonly outside: string;
  readonly uid: number | null;
  readonly cgroups: readonly string[];
}

/** What is there of a sandbox, found by looking. */
export interface Remains {
  readonly pids: readonly number[];
  readonly mounts: readonly string[];
  readonly bytes: number;
}

/** Looks for processes (by label, user and cgroup), mounts below the folder, and bytes on disk. */
export async function lookForRemains(traces: Traces): Promise<Remains> {
  const [pids, mounts, bytes] = await Promise.all([pidsOf(traces), mountsBelow(traces.folder), bytesOf(traces)]);
  return { pids, mounts, bytes };
}

/** Ends and removes it all; may be repeated. Whether it worked is for `lookForRemains` to say. */
export async function removeRemains(traces: Traces): Promise<void> {
  for (let turn = 0; turn < 100; turn++) {
    await killCgroup(traces.cgroups);
    const pids = await pidsOf(traces);
    if (pids.length === 0) break;
    for (const pid of pids) signalProcess(pid, 'SIGKILL');
    await sleep(turn < 10 ? 5 : 50);
  }
  for (const mount of [...(await mountsBelow(traces.folder))].reverse()) {
    const unmount = { file: 'umount', args: ['-l', '--', mount], env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' }, timeLimitMs: 10_000 };
    await runTool(unmount, new AbortController().signal);
  }
  const [isEmpty] = await Promise.all([removeGroups(traces.cgroups), removeTree(traces.outside), removeContent(traces.folder)]);
  // The marker last: whoever is killed before leaves one who comes after everything by which to find the rest.
  if (isEmpty) await removeTree(traces.folder);
}

/** A group is busy for a moment after its last process died. False if one still is: then it is told, and tried again by the reaper. */
async function removeGroups(folders: readonly string[]): Promise<boolean> {
  for (let turn = 0; turn < 100; turn++) {
    if ((await removeCgroup(folders)) === 0) return true;
    await sleep(25);
  }
  return false;
}

async function removeContent(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  });
  await removeTree(...names.filter(name => name !== MARKER).map(name => join(folder, name)));
}

async function pidsOf(traces: Traces): Promise<readonly number[]> {
  const processes = (await listProcesses()).filter(entry => entry.state !== 'Z' && entry.state !== 'X' && entry.pid !== process.pid);
  const marked = await Promise.all(
    processes.map(async ({ pid }) => {
      const environment = (await readProc(pid, 'environ')) ?? '';
      if (environment.split('\0').includes(`RESURGAM_DRILL=${traces.drill}`)) return pid;
      return traces.uid !== null && (await uidOf(pid)) === traces.uid ? pid : undefined;
    }),
  );
  const roots = [...marked.filter(pid => pid !== undefined), ...(await pidsIn(traces.cgroups))];
  return descendants(processes, roots).map(entry => entry.pid);
}

async function bytesOf(traces: Traces): Promise<number> {
  const sizes = await Promise.all(
    [traces.folder, traces.outside].map(async path => ((await exists(path)) ? ((await allocatedBytes(path)) ?? 1) : 0)),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
