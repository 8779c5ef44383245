import { userInfo } from 'node:os';
import type { ComponentRun, DrillRun } from '../drill/run.ts';
import type { TargetPlace } from '../plan/target.ts';
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
  const { folder, cluster, instance, directory } = place;
  if (folder !== undefined) return { deliveries: [{ from: one.folder ?? '', folder }], server: null };
  const into = cluster ?? instance ?? directory;
  if (into === undefined) throw new Error('a place that is no folder');
  const owner = await ownerOf(into.owner, one.component.name);
  const administrator = { name: userInfo().username, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const server = cluster === undefined ? null : await serverOf(one);
  const handed = await one.prepared?.handOver?.({ folder: into.folder, administrator, ...keysOf(place) }, run.stop);
  if (handed === undefined) throw new Error('a service that hands nothing over');
  for (const said of handed.limitations ?? []) run.limitations.add(said);
  const from = handed.folder ?? one.folder ?? '';
  const restored = { owner, settings: handed.settings, recovery: run.id };
  if (cluster !== undefined && server !== null)
    return { deliveries: await clusterDeliveries({ ...restored, place: cluster, folder: from, superuser: server.user }), server };
  if (instance === undefined) return { deliveries: [{ from, folder: into.folder, owner, mode: 0o700 }], server };
  const asked = { user: administrator.name, database: handed.database ?? '' };
  return { deliveries: [instanceDelivery({ ...restored, place: instance, from })], server: asked };
}

function keysOf({ instance }: TargetPlace): { readonly keys?: string } {
  return instance?.keys === undefined ? {} : { keys: instance.keys };
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
