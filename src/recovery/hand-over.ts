import { userInfo } from 'node:os';
import type { ComponentRun, DrillRun } from '../drill/run.ts';
import type { TargetPlace } from '../plan/target.ts';
import type { HandedOver } from '../service/new-place.ts';
import type { Account } from '../system/account.ts';
import { clusterDeliveries } from './cluster.ts';
import type { Delivery } from './folder.ts';
import { instanceDelivery } from './instance.ts';
import { ownerOf } from './owner.ts';
import type { Brought } from './state.ts';

interface Handed {
  readonly deliveries: readonly Delivery[];
  readonly server: Brought['server'];
}

/** Files as they will be used: what runs over them in the jail is ended in order first. */
export async function handOver(run: DrillRun, one: ComponentRun, place: TargetPlace): Promise<Handed> {
  const from = one.folder ?? '';
  if (place.folder !== undefined) return { deliveries: [{ from, folder: place.folder }], server: null };
  const into = place.cluster ?? place.instance ?? place.directory;
  if (into === undefined) throw new Error('a place that is no folder');
  const owner = await ownerOf(into.owner, one.component.name);
  const administrator = { name: userInfo().username, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const asked = place.cluster === undefined ? null : await serverOf(one);
  const handed = await one.prepared?.handOver?.({ folder: into.folder, administrator, ...keysOf(place) }, run.stop);
  if (handed === undefined) throw new Error('a service that hands nothing over');
  for (const said of handed.limitations ?? []) run.limitations.add(said);
  const server = place.instance === undefined ? asked : { user: administrator.name, database: handed.database ?? '' };
  return { deliveries: await deliveriesOf({ run, place, owner, server, from: handed.folder ?? from, settings: handed.settings }), server };
}

function keysOf({ instance }: TargetPlace): { readonly keys?: string } {
  return instance?.keys === undefined ? {} : { keys: instance.keys };
}

interface Delivering extends Pick<HandedOver, 'settings'> {
  readonly run: DrillRun;
  readonly place: TargetPlace;
  readonly owner: Account;
  readonly server: Handed['server'];
  readonly from: string;
}

async function deliveriesOf({ run, place, owner, server, from, settings }: Delivering): Promise<readonly Delivery[]> {
  const { cluster, instance, directory } = place;
  if (cluster !== undefined) {
    const restored = { place: cluster, owner, folder: from, superuser: server?.user ?? '', settings, recovery: run.id };
    return clusterDeliveries(restored);
  }
  if (instance !== undefined) return [instanceDelivery({ place: instance, owner, from, settings, recovery: run.id })];
  return [{ from, folder: directory?.folder ?? '', owner, mode: 0o700 }];
}

/** Which of its databases is meant, while there is somebody to ask. */
async function serverOf(one: ComponentRun): Promise<NonNullable<Brought['server']>> {
  const rows = await one.running?.sql('select current_user::text as "user", current_database()::text as database');
  return { user: String(rows?.[0]?.['user']), database: String(rows?.[0]?.['database']) };
}

const KEEP = `cd /restored/data && mkdir ../settings
for name in postgresql.conf postgresql.auto.conf pg_hba.conf pg_ident.conf; do
  if [ -f $name ] && [ ! -L $name ]; then cp -- $name ../settings/ || exit 1; fi
done`;

/** The settings in the backup are never used, but whoever goes on with the server will want to read them. */
export async function keepSettings(run: DrillRun, one: ComponentRun): Promise<void> {
  const mounts = [{ from: one.folder ?? '', at: '/restored', write: true }];
  const result = await one.sandbox?.jail.run({ file: '/bin/sh', args: ['-c', KEEP], mounts }, run.stop);
  if (result?.exitCode !== 0) throw new Error('the settings of the backup could not be kept');
}
