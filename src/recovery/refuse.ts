import { basename, dirname } from 'node:path';
import { traitsOf } from '../backup/backup.ts';
import type { Client } from '../plan/client.ts';
import type { Component } from '../plan/plan.ts';
import type { TargetPlace } from '../plan/target.ts';
import { exists, stat } from '../system/files.ts';
import { takesConnection } from '../system/held-connection.ts';
import { listens } from '../system/listens.ts';
import { foldersOf } from './bring.ts';
import { RecoveryError } from './error.ts';
import { lookAtFolder, overlaps } from './folder.ts';
import { ownerOf } from './owner.ts';
import { lookAtServer } from './server.ts';
import type { RecoveryState } from './state.ts';
import type { StepSource } from './steps.ts';

const CONNECT_MS = 1_000;
/** A socket's address has no more bytes. */
const LONGEST_SOCKET = 100;

/** Looks at every place that is still to be filled. Throws RecoveryError `refused` for one that is not empty, or is production. */
export async function refuseBadPlaces(
  source: StepSource,
  { client, before }: { readonly client: Client | undefined; readonly before: RecoveryState | undefined },
): Promise<void> {
  refuseTwice(source);
  const production = client?.production ?? [];
  const over = [...(before?.done ?? []), before?.placing];
  for (const component of source.components) {
    if (over.includes(`${component.name}/bring`) || component.backup === null) continue;
    const place = source.target.components[component.name] ?? {};
    for (const folder of foldersOf(place)) {
      refuseProduction(folder, { source, component, production });
      await lookAtFolder(folder, component.name);
    }
    await refuseTaken(place, component.name);
    const { server } = place;
    if (server !== undefined && production.includes(await lookAtServer(server, component.name)))
      throw refused(`${component.name}: the server in ${server.socket} is production`, 'client.yaml says so: name another one.');
  }
}

/** A server of its own needs an account, a socket and a port that nobody has: better said now than when all is restored. */
async function refuseTaken({ cluster, instance, directory }: TargetPlace, name: string): Promise<void> {
  const own = cluster ?? instance ?? directory;
  if (own === undefined) return;
  await ownerOf(own.owner, name);
  const port = String(own.port);
  if (await listens(own.port)) throw refused(`${name}: something listens on port ${port} already`, 'End it, or name another port.');
  if (directory !== undefined && directory.folder.length > LONGEST_SOCKET)
    throw refused(
      `${name}: ${directory.folder} is too long for a socket in it`,
      `Name a folder of at most ${String(LONGEST_SOCKET)} characters.`,
    );
  if (cluster !== undefined) await refuseSocket({ folder: cluster.socket, file: `.s.PGSQL.${port}` }, { name, owner: cluster.owner });
  if (instance === undefined) return;
  const { socket, owner, keys } = instance;
  if (keys !== undefined && !(await exists(keys)))
    throw refused(`${name}: ${keys} is not there`, 'Put the keys of the encrypted tables there.');
  if (socket.length > LONGEST_SOCKET)
    throw refused(`${name}: ${socket} is too long for a socket`, `Name one of at most ${String(LONGEST_SOCKET)} characters.`);
  await refuseSocket({ folder: dirname(socket), file: basename(socket) }, { name, owner });
}

async function refuseSocket(
  { folder, file }: { readonly folder: string; readonly file: string },
  { name, owner }: { readonly name: string; readonly owner: string },
): Promise<void> {
  if (!(await exists(folder)) || !(await stat(folder)).isDirectory())
    throw refused(`${name}: ${folder} is no folder`, `Make it for ${owner}, or name another one for the socket.`);
  if (await takesConnection(folder, file, CONNECT_MS))
    throw refused(`${name}: a server runs at ${folder}/${file} already`, 'End it, or name another socket or port.');
}

/** Something of a place that no other component may have. */
interface Placed {
  readonly name: string;
  readonly at: string;
}

/** The first of which another component has the same. */
function firstShared(
  all: readonly Placed[],
  same: (one: string, other: string) => boolean = (one, other) => one === other,
): Placed | undefined {
  return all.find((one, index) => all.slice(index + 1).some(other => same(one.at, other.at)));
}

/** Two components must not be put into one place, or be reached at one. */
function refuseTwice({ target }: StepSource): void {
  const each = (said: (place: TargetPlace) => readonly (string | number | undefined)[]): readonly Placed[] =>
    Object.entries(target.components).flatMap(([name, place]) =>
      said(place).flatMap(at => (at === undefined ? [] : [{ name, at: String(at) }])),
    );
  const folder = firstShared(each(foldersOf), overlaps);
  if (folder !== undefined) throw refused(`${folder.name}: ${folder.at} is the folder of another component too`, 'Give each its own.');
  const socket = firstShared(each(({ instance }) => [instance?.socket]));
  if (socket !== undefined) throw refused(`${socket.name}: ${socket.at} is the socket of another component too`, 'Give each its own.');
  const port = firstShared(each(({ cluster, instance, directory }) => [(cluster ?? instance ?? directory)?.port]));
  if (port !== undefined) throw refused(`${port.name}: port ${port.at} is that of another component too`, 'Give each its own.');
}

interface Folder {
  readonly source: StepSource;
  readonly component: Component;
  readonly production: readonly string[];
}

function refuseProduction(folder: string, { source, component, production }: Folder): void {
  const stores = source.components.flatMap(({ backup }) =>
    backup === null ? [] : (source.tools.get(backup.tool)?.reach(backup).paths ?? []),
  );
  const store = stores.find(path => overlaps(folder, path));
  if (store !== undefined) throw refused(`${component.name}: ${folder} is where backups are kept (${store})`, 'Name another folder.');
  const named = production.filter(path => path.startsWith('/')).find(path => overlaps(folder, path));
  if (named !== undefined) throw refused(`${component.name}: ${folder} is production`, 'client.yaml says so: name another folder.');
}

function refused(message: string, hint: string): RecoveryError {
  return new RecoveryError('refused', message, hint);
}

/** What a component is recovered by, for whoever reads the list of steps. */
export function placeText({ target, tools }: StepSource, { name, backup }: Component): string {
  const { folder, server, cluster, instance, directory } = target.components[name] ?? {};
  if (folder !== undefined) return folder;
  if (server !== undefined) return `database ${server.database} in ${server.socket}`;
  if (cluster !== undefined) return `${cluster.folder}, a server of ${cluster.owner} on port ${String(cluster.port)} in ${cluster.socket}`;
  if (instance !== undefined)
    return `${instance.folder}, a server of ${instance.owner} on port ${String(instance.port)} at ${instance.socket}`;
  if (directory !== undefined) return `${directory.folder}, a server of ${directory.owner} on port ${String(directory.port)}`;
  const tool = tools.get(backup?.tool ?? '');
  return tool === undefined ? 'this machine' : traitsOf(tool, backup).engine;
}
