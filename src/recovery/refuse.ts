import { traitsOf } from '../backup/backup.ts';
import type { Client } from '../plan/client.ts';
import type { Component } from '../plan/plan.ts';
import { RecoveryError } from './error.ts';
import { lookAtFolder, overlaps } from './folder.ts';
import { isHalfPlaced, lookAtServer } from './server.ts';
import type { RecoveryState } from './state.ts';
import type { StepSource } from './steps.ts';

/** Looks at every place that is still to be filled. Throws RecoveryError `refused` for one that is not empty, or is production. */
export async function refuseBadPlaces(
  source: StepSource,
  { client, before }: { readonly client: Client | undefined; readonly before: RecoveryState | undefined },
): Promise<void> {
  refuseTwice(source);
  const production = client?.production ?? [];
  const done = before?.done ?? [];
  for (const component of source.components) {
    const { folder, server } = source.target.components[component.name] ?? {};
    if (done.includes(`${component.name}/bring`) || component.backup === null) continue;
    if (folder !== undefined) {
      refuseProduction(folder, { source, component, production });
      await lookAtFolder(folder, component.name);
    }
    if (server === undefined) continue;
    if (before !== undefined && (await isHalfPlaced({ at: server, recovery: before.recovery }))) continue;
    const system = await lookAtServer(server, component.name);
    if (production.includes(system))
      throw new RecoveryError(
        'refused',
        `${component.name}: the server in ${server.socket} is production`,
        'client.yaml says so: name another one.',
      );
  }
}

/** Two components must not be put into one place. */
function refuseTwice({ target }: StepSource): void {
  const folders = Object.entries(target.components).flatMap(([name, { folder }]) => (folder === undefined ? [] : [{ name, folder }]));
  const twice = folders.find((one, index) => folders.slice(index + 1).some(other => overlaps(one.folder, other.folder)));
  if (twice !== undefined)
    throw new RecoveryError('refused', `${twice.name}: ${twice.folder} is the folder of another component too`, 'Give each its own.');
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
  if (store !== undefined)
    throw new RecoveryError('refused', `${component.name}: ${folder} is where backups are kept (${store})`, 'Name another folder.');
  const named = production.filter(path => path.startsWith('/')).find(path => overlaps(folder, path));
  if (named !== undefined)
    throw new RecoveryError('refused', `${component.name}: ${folder} is production`, 'client.yaml says so: name another folder.');
}

/** What a component is recovered by, for whoever reads the list of steps. */
export function placeText({ target, tools }: StepSource, { name, backup }: Component): string {
  const { folder, server } = target.components[name] ?? {};
  if (folder !== undefined) return folder;
  if (server !== undefined) return `database ${server.database} in ${server.socket}`;
  const tool = tools.get(backup?.tool ?? '');
  return tool === undefined ? 'this machine' : traitsOf(tool, backup).engine;
}
