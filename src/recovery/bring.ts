import type { RestoreTarget } from '../backup/target.ts';
import { expectedBytes } from '../drill/apportion.ts';
import { fetchInJail } from '../drill/fetch.ts';
import { emptyServer, prepare, restoresInto, sandboxOf } from '../drill/provision.ts';
import { startRestored, targetOf } from '../drill/recover.ts';
import { elapsedMs, engineOf, note, type ComponentRun, type DrillRun } from '../drill/run.ts';
import type { Finding } from '../finding/finding.ts';
import type { PhaseName } from '../measurement/measurement.ts';
import type { TargetPlace } from '../plan/target.ts';
import { tablespacesOf } from './cluster.ts';
import type { Course } from './course.ts';
import { RecoveryError } from './error.ts';
import { copyBeside, putInPlace, removePart, type Delivery } from './folder.ts';
import { handOver, keepSettings } from './hand-over.ts';
import { preparePart, takePlace, type PlaceAt } from './server.ts';
import { programsOf } from './start-cluster.ts';
import type { Brought } from './state.ts';

/**
 * Fetches and restores one component as a drill does, in the two jails, lets its service come up there, and puts what came back into its place in
 * the target in one move: whatever cuts it off, the target is empty or whole. Throws what the tool throws, and RecoveryError for a bad backup.
 */
export async function bring(course: Course, one: ComponentRun): Promise<void> {
  const { run, order, state } = course;
  const component = one.component.name;
  const place = order.source.target.components[component] ?? {};
  const key = `${component}/bring`;
  if (state.placing === key) return take(course, component, place);
  if (one.tool === undefined) throw new Error('nothing to recover with');
  if (place.cluster !== undefined) await lookForPrograms(one);
  one.sandbox = await sandboxOf(run, { drill: `${run.id}.${component}`, expectedBytes: bytesInSandbox(run, one, place) });
  try {
    one.staged = await timed(run, { component, phase: 'fetch' }, () => fetchInJail(run, one));
    refuseBad(run, one, one.staged.findings);
    const server = place.server === undefined ? await bringFiles(course, one, place) : await bringDump(course, one, place);
    const { says = {}, layout = {} } = one.restored ?? {};
    await course.keep({ placing: key, brought: { ...state.brought, [component]: { server, says: { ...says }, layout: { ...layout } } } });
    await take(course, component, place);
  } finally {
    await one.prepared?.stop();
    one.destroyed = await one.sandbox.destroy();
  }
}

/** What a dump becomes in a server that is there already takes no room beside it. */
function bytesInSandbox(run: DrillRun, one: ComponentRun, { server }: TargetPlace): number {
  return server === undefined ? expectedBytes(run, one) : (one.point?.bytes ?? 0);
}

/** Better said now than when all is restored. */
async function lookForPrograms({ component, point }: ComponentRun): Promise<void> {
  const major = component.service?.version ?? point?.needs?.major;
  if (major !== undefined) await programsOf(major, { name: component.name, given: component.service?.options['binaries'] });
}

function placeAt({ run }: Course, { server }: TargetPlace): PlaceAt {
  if (server === undefined) throw new Error('a place that is no database');
  return { at: server, recovery: run.id };
}

/** The last move; after a crash it is made again. */
async function take(course: Course, component: string, place: TargetPlace): Promise<void> {
  if (place.server !== undefined) return takePlace(placeAt(course, place), component);
  for (const folder of foldersOf(place)) await putInPlace(folder);
}

/** All folders that a place may consist of, in the order in which they move. */
export function foldersOf({ folder, cluster, instance, directory }: TargetPlace): readonly string[] {
  if (cluster !== undefined) return [tablespacesOf(cluster), cluster.folder];
  return [folder ?? instance?.folder ?? directory?.folder].filter(path => path !== undefined);
}

async function bringDump(course: Course, one: ComponentRun, place: TargetPlace): Promise<null> {
  const { run } = course;
  await timed(run, { component: one.component.name, phase: 'restore' }, async () =>
    restore(run, one, { server: await preparePart(placeAt(course, place)), folder: undefined }),
  );
  return null;
}

async function bringFiles(course: Course, one: ComponentRun, place: TargetPlace): Promise<Brought['server']> {
  const { run } = course;
  const component = one.component.name;
  await timed(run, { component, phase: 'restore' }, async () => restore(run, one, await emptyPlace(run, one, place)));
  if (place.cluster !== undefined) await keepSettings(run, one);
  if (comesUp(course, one)) await timed(run, { component, phase: 'start' }, () => comeUp(run, one));
  return timed(run, { component, phase: 'restore' }, async () => {
    const { deliveries, server } = await handOver(run, one, place);
    await allOrNone(deliveries, run.stop);
    return server;
  });
}

/** A dump for a server that is yet to be made is restored into an empty one in the jail. */
async function emptyPlace(run: DrillRun, one: ComponentRun, { instance }: TargetPlace): Promise<Pick<RestoreTarget, 'server' | 'folder'>> {
  if (restoresInto(one, 'files')) return { server: undefined, folder: await one.sandbox?.jail.makeFolder('restored') };
  const { database } = instance ?? {};
  refuseOtherName(one, database);
  await prepare(run, one, database === undefined ? {} : { database });
  return { server: emptyServer(one), folder: undefined };
}

/** Binary logs that follow a dump change a schema by its name. */
function refuseOtherName({ component, point }: ComponentRun, database: string | undefined): void {
  const schema = point?.needs?.settings['schema'];
  if (schema === undefined || database === undefined || database === schema) return;
  throw new RecoveryError(
    'refused',
    `${component.name}: the binary logs that follow the dump are those of ${schema}, and cannot follow it to ${database}`,
    'Leave `database` out of its place: it comes back under its own name.',
  );
}

async function allOrNone(deliveries: readonly Delivery[], stop: AbortSignal): Promise<void> {
  try {
    for (const delivery of deliveries) await copyBeside(delivery, stop);
  } catch (error) {
    for (const { folder } of deliveries) await removePart(folder);
    throw error;
  }
}

/** What a step of the runbook has still to do with the files is done in their place. */
function comesUp({ order }: Course, one: ComponentRun): boolean {
  const before = order.source.scripts.get(one.component.name)?.steps.some(step => step.when === 'before') === true;
  return engineOf(one) !== 'command' && !before;
}

/** In the jail, as in a drill: what does not come up there is put nowhere. */
async function comeUp(run: DrillRun, one: ComponentRun): Promise<void> {
  await startRestored(run, one);
  throwIfBad(one, one.running?.findings ?? []);
}

async function restore(run: DrillRun, one: ComponentRun, into: Pick<RestoreTarget, 'server' | 'folder'>): Promise<void> {
  if (one.sandbox === undefined || one.staged === undefined || one.tool === undefined) return;
  if (restoresInto(one, 'files') && into.folder !== undefined) one.folder = into.folder;
  const target = targetOf(run, one, { jail: one.sandbox.jail, ...into });
  one.restored = await one.tool.restore(one.staged, target, run.stop);
  refuseBad(run, one, one.restored.findings);
}

function refuseBad(run: DrillRun, one: ComponentRun, findings: readonly Finding[]): void {
  note(run, one.component.name, findings);
  throwIfBad(one, findings);
}

/** On such a day a bad backup is not put in place silently: a person decides, over another recovery point. */
function throwIfBad(one: ComponentRun, findings: readonly Finding[]): void {
  const bad = findings.find(found => found.required && found.outcome !== 'passed');
  if (bad === undefined) return;
  throw new RecoveryError(
    'step-failed',
    `${one.component.name}: ${bad.code}${bad.object === null ? '' : ` (${bad.object})`}`,
    `Read runbooks/response/${bad.code}.md. Nothing of it was put in place.`,
  );
}

async function timed<T>(run: DrillRun, of: { readonly component: string; readonly phase: PhaseName }, work: () => Promise<T>): Promise<T> {
  const startMs = elapsedMs(run);
  try {
    return await work();
  } finally {
    run.phases.push({ ...of, startMs, durationMs: elapsedMs(run) - startMs, attempts: 1 });
  }
}
