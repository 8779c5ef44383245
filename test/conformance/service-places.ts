import { readlink } from 'node:fs/promises';
import type { JailProcess, Mount } from '../../src/backup/target.ts';
import { descendants, listProcesses, readProc, signalProcess } from '../../src/system/proc.ts';
import { bareJail, type BareJail } from '../fixtures/bare-jail.ts';

/** A jail that remembers what an adapter did with it. */
export interface WatchedJail extends BareJail {
  /** Programs that were to go on running. */
  readonly spawned: readonly JailProcess[];
  /** All that any program was shown. */
  readonly mounts: readonly Mount[];
  /** How many programs have begun. */
  programs(): number;
}

/** `begun` hears of each program as it begins, the first of which is number 1. */
export async function watchedJail(begun: (number: number) => void = () => undefined): Promise<WatchedJail> {
  const bare = await bareJail();
  const spawned: JailProcess[] = [];
  const mounts: Mount[] = [];
  let programs = 0;
  const note = (more: readonly Mount[] = []): void => {
    mounts.push(...more);
    programs += 1;
    begun(programs);
  };
  return {
    ...bare,
    ...{ spawned, mounts, programs: () => programs },
    run: (command, stop) => {
      const ended = bare.run(command, stop);
      note(command.mounts);
      return ended;
    },
    spawn: async command => {
      const process = await bare.spawn(command);
      spawned.push(process);
      note(command.mounts);
      return process;
    },
  };
}

/** Processes of its servers that run now, without the jail's own. */
async function serversIn(jail: WatchedJail): Promise<readonly number[]> {
  const roots = jail.spawned.map(({ pid }) => pid);
  const all = descendants(await listProcesses(), roots).map(({ pid }) => pid);
  const names = await Promise.all(all.map(pid => readProc(pid, 'comm')));
  return all.filter((_, at) => names[at] !== undefined && names[at] !== 'bwrap\n');
}

/** As the kernel does it for want of memory. Resolves when all of it has ended. */
export async function killServers(jail: WatchedJail): Promise<number> {
  const servers = await serversIn(jail);
  for (const pid of servers) signalProcess(pid, 'SIGKILL');
  await Promise.all(jail.spawned.map(({ ended }) => ended));
  return servers.length;
}

/** Where its servers listen, as the kernel says it. */
export interface Listening {
  /** Of any address of the jail's own network, in order. */
  readonly ports: readonly number[];
  /** Paths in the jail; of an abstract one, which has none, its name. */
  readonly sockets: readonly string[];
  /** Servers that see the network of this machine. */
  readonly outside: number;
}

const LISTENS = '0A';
/** UDP has no listening: this is a socket that whoever likes can write to. */
const UNCONNECTED = '07';
const ACCEPTS = '00010000';

export async function listeningIn(jail: WatchedJail): Promise<Listening> {
  const ours = await readlink('/proc/self/ns/net');
  const ports = new Set<number>();
  const sockets = new Set<string>();
  let outside = 0;
  for (const pid of await serversIn(jail)) {
    const network = await readlink(`/proc/${String(pid)}/ns/net`).catch(() => undefined);
    // It has ended since, and listens no more.
    if (network === undefined) continue;
    if (network === ours) outside += 1;
    const table = async (name: string): Promise<readonly (readonly string[])[]> =>
      ((await readProc(pid, `net/${name}`)) ?? '').split('\n').map(line => line.trim().split(/\s+/));
    for (const [name, wanted] of [...['tcp', 'tcp6'].map(each => [each, LISTENS]), ...['udp', 'udp6'].map(each => [each, UNCONNECTED])])
      for (const [, local = '', , state] of await table(name ?? ''))
        if (state === wanted) ports.add(Number.parseInt(local.split(':')[1] ?? '', 16));
    for (const [, , , flags, , , , path] of await table('unix')) if (flags === ACCEPTS && path !== undefined) sockets.add(path);
  }
  return { ports: [...ports].sort((a, b) => a - b), sockets: [...sockets], outside };
}
