import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Mount } from '../../backup/target.ts';
import { notStarted } from '../not-started.ts';
import { PORTS_AT, type Port } from '../ports.ts';
import { ServiceError, type OpenRequest, type RunningService, type SharedTree } from '../service.ts';
import type { CommandOptions } from './options.ts';
import type { Known, Thing } from './words.ts';

/** Where the restored files are in the jail of the application. */
export const FILES_AT = '/restored';
const COPY_AT = '/copy';
const LONGEST_MS = 2_147_483_647;

/** What the application sees, and what it is told of it. */
export interface Place {
  /** Host folder of the sockets by which it is reached. */
  readonly ports: string;
  readonly mounts: readonly Mount[];
  readonly known: Known;
  /** Servers of other components, each on a port of its own 127.0.0.1 too. */
  readonly reached: readonly Port[];
}

/** Sockets and files of the components that it needs are shown read-only; its own files it may change. */
export async function furnish(request: OpenRequest, { port, socket }: CommandOptions, stop: AbortSignal): Promise<Place> {
  const ownFiles = request.withoutBackup !== true;
  const ports = await request.jail.makeFolder('command-ports');
  const mounts: Mount[] = [{ from: ports, at: PORTS_AT, write: true }];
  if (ownFiles) mounts.push({ from: request.folder, at: FILES_AT, write: true });
  const needed = new Map<string, Partial<Record<Thing, string>>>();
  const reached: { port: number; socket: string }[] = [];
  const taken = new Set(port === undefined ? [] : [port]);
  for (const [name, service] of request.needed ?? []) {
    const shown = await show(request, { name, service, taken }, stop);
    mounts.push(...shown.mounts);
    reached.push(...shown.reached);
    needed.set(name, shown.things);
  }
  const own = {
    ...(ownFiles ? { files: FILES_AT } : {}),
    ...(port === undefined ? {} : { port: String(port) }),
    ...(socket === undefined ? {} : { socket: `${PORTS_AT}/${socket}` }),
  };
  return { ports, mounts, known: { own, needed }, reached };
}

interface Shown {
  readonly mounts: readonly Mount[];
  readonly reached: readonly { port: number; socket: string }[];
  readonly things: Partial<Record<Thing, string>>;
}

interface Needed {
  readonly name: string;
  readonly service: RunningService;
  /** Ports that are given away already. */
  readonly taken: Set<number>;
}

async function show(request: OpenRequest, { name, service, taken }: Needed, stop: AbortSignal): Promise<Shown> {
  const at = `/needed/${name}`;
  if (!service.ready)
    throw new ServiceError('start-failed', `the component ${name}, which is needed, is not ready`, { hint: 'Look for its own findings.' });
  if (service.tree !== undefined) {
    const from = await readable(request, { name, tree: service.tree }, stop);
    return { mounts: [{ from, at: `${at}/files` }], reached: [], things: { files: `${at}/files` } };
  }
  if (service.share === undefined) return { mounts: [], reached: [], things: {} };
  const { folder, name: file, saidAs, user, database, port: usual } = await service.share(stop);
  const socket = `${at}/socket/${file}`;
  const port = usual === null ? null : freePort(usual, taken);
  return {
    mounts: [{ from: folder, at: `${at}/socket` }],
    reached: port === null ? [] : [{ port, socket }],
    things: { socket: saidAs === 'folder' ? `${at}/socket` : socket, user, database, ...(port === null ? {} : { port: String(port) }) },
  };
}

/** Two servers may have the same usual port. */
function freePort(usual: number, taken: Set<number>): number {
  let port = usual;
  while (taken.has(port)) port += 1;
  taken.add(port);
  return port;
}

/** Ends with 0 if the user of this jail may read all of it. */
const LOOK = `found=$(find ${COPY_AT} ! -type l ! -readable -print -quit 2>/dev/null) && [ -z "$found" ]`;

/**
 * The folder of a needed tree that the application may read. Each component has a user of its own, and the modes of restored files are
 * evidence that nobody may loosen: where they keep this user out, a copy is made, from jail to jail.
 */
async function readable(request: OpenRequest, from: { name: string; tree: SharedTree }, stop: AbortSignal): Promise<string> {
  const { jail } = request;
  const { folder } = from.tree;
  const look = { file: '/bin/sh', args: ['-c', LOOK], mounts: [{ from: folder, at: COPY_AT }], timeLimitMs: LONGEST_MS };
  if ((await jail.run(look, stop)).exitCode === 0) return folder;
  const copy = await jail.makeFolder(`command-needed-${from.name}`);
  const args = ['-x', '-f', '-', '-C', COPY_AT, '--no-same-owner', '--delay-directory-restore'];
  const mounts = [{ from: copy, at: COPY_AT, write: true }];
  const way = new PassThrough({ highWaterMark: 1 << 20 });
  let over = false;
  const unpacking = jail
    .run({ file: '/usr/bin/tar', args, mounts, stdin: way, timeLimitMs: LONGEST_MS }, stop)
    .finally(() => void (over = true));
  const take = async (chunk: Buffer): Promise<void> => {
    if (over) throw new Error('nobody unpacks any more');
    if (!way.write(chunk)) await Promise.race([once(way, 'drain'), unpacking]);
  };
  const [packed, unpacked] = await Promise.allSettled([from.tree.pack(take, stop).finally(() => way.end()), unpacking]);
  if (unpacked.status === 'rejected') throw unpacked.reason;
  if (unpacked.value.exitCode !== 0) throw notStarted('tar', { jail, result: unpacked.value, install: 'Install it: apt-get install tar' });
  if (packed.status === 'rejected') throw packed.reason;
  return copy;
}
