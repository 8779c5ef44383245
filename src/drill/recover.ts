import type { RestoreTarget } from '../backup/target.ts';
import type { OpenRequest, RunningService } from '../service/service.ts';
import { secretFor } from './denied.ts';
import { fetchInJail } from './fetch.ts';
import { momentsOf } from './moments.ts';
import { emptyServer, knowsItsServer, prepare, restoresInto, unsuited } from './provision.ts';
import { engineOf, note, progressOf, step, type ComponentRun, type DrillRun } from './run.ts';
import { askService, runSteps, type StepPlace } from './runbook.ts';
import { nothingRestored, runsWithoutBackup } from './without-backup.ts';

/** fetch → restore → start, for one component in its own sandbox. Stops at the first step that did not come about. */
export async function recover(run: DrillRun, one: ComponentRun): Promise<void> {
  if (runsWithoutBackup(run, one)) {
    await recoverWithout(run, one);
    return;
  }
  if (one.point === undefined || one.tool === undefined) return;
  const name = one.component.name;
  await step(run, { component: name, phase: 'fetch', broken: 'drill.could-not-fetch' }, () => fetch(run, one));
  // Cheap checks before the dear ones: bytes that are known to be bad are not restored for hours.
  if (one.staged?.findings.some(found => found.required && found.outcome === 'failed') === true) return;
  if (!knowsItsServer(one) && one.staged !== undefined && restoresInto(one, 'server')) {
    const whose = run.components.length === 1 ? null : name;
    await step(run, { component: whose, phase: 'provision', broken: 'drill.could-not-start' }, () => prepare(run, one));
  }
  await step(run, { component: name, phase: 'restore', broken: 'drill.could-not-restore' }, () => restore(run, one));
  if (one.restored?.usable !== true) return;
  const at = { folder: one.folder ?? '', withoutBackup: one.folder === undefined, needed: neededBy(run, one) };
  if (!(await runSteps(run, one, { ...at, when: 'before' }))) return;
  await step(run, { component: name, phase: 'start', broken: 'drill.could-not-start' }, () => startRestored(run, one));
  await finish(run, one, at);
}

/** Steps that need what runs. A component over which one of them failed is not back. */
async function finish(run: DrillRun, one: ComponentRun, at: StepPlace): Promise<void> {
  if (one.running?.ready !== true) return;
  if (!(await runSteps(run, one, { ...at, when: 'after' }))) one.running = { ...one.running, ready: false };
}

/** A component that runs over what others brought back. */
async function recoverWithout(run: DrillRun, one: ComponentRun): Promise<void> {
  const { name } = one.component;
  if (one.sandbox === undefined) return;
  const at = { folder: await one.sandbox.jail.makeFolder('restored'), withoutBackup: true, needed: neededBy(run, one) };
  if (!(await runSteps(run, one, { ...at, when: 'before' }))) return;
  await step(run, { component: name, phase: 'start', broken: 'drill.could-not-start' }, () => startWithout(run, one, at));
  await finish(run, one, at);
}

async function fetch(run: DrillRun, one: ComponentRun): Promise<void> {
  if (one.sandbox === undefined) return;
  one.staged = await fetchInJail(run, one);
  note(run, one.component.name, one.staged.findings);
}

async function restore(run: DrillRun, one: ComponentRun): Promise<void> {
  if (one.staged === undefined || one.sandbox === undefined || one.tool === undefined) return;
  if (restoresInto(one, 'server') && one.prepared === undefined) return;
  if (restoresInto(one, 'files')) one.folder = await one.sandbox.jail.makeFolder('restored');
  one.restored = await one.tool.restore(
    one.staged,
    targetOf(run, one, { jail: one.sandbox.jail, server: emptyServer(one), folder: one.folder }),
    run.stop,
  );
  note(run, one.component.name, one.restored.findings);
}

/** Where a tool restores to, in a drill or for real. */
export function targetOf(run: DrillRun, one: ComponentRun, into: Pick<RestoreTarget, 'jail' | 'server' | 'folder'>): RestoreTarget {
  return {
    ...into,
    parallel: Math.max(1, run.limits.cpus),
    pseudonym: text => run.tools.book.pseudonym(text),
    toolLog: logOf(one),
    progress: progressOf(run),
  };
}

/** What programs print is kept apart from the evidence. */
function logOf(one: ComponentRun): RestoreTarget['toolLog'] {
  return (name, text) => void one.toolLogs.push({ name, text });
}

/** The service over what a tool restored, in a drill or for real. */
export async function startRestored(run: DrillRun, one: ComponentRun): Promise<void> {
  if (one.restored?.usable !== true) return;
  const { staged, restored } = one;
  if (one.folder !== undefined && staged !== undefined) await open(run, one, { folder: one.folder, staged, restored });
  await startOpened(run, one);
}

/** Over what the components that it needs brought back; its own folder is empty. */
async function startWithout(run: DrillRun, one: ComponentRun, at: StepPlace): Promise<void> {
  if (one.sandbox === undefined) return;
  const service = one.component.service === null ? await askService(run, one, at) : undefined;
  const section = service === undefined ? one.component.service : { engine: 'command', version: null, options: service };
  await open(run, one, { folder: at.folder, section, ...nothingRestored(one.sandbox.staging) });
  await startOpened(run, one);
}

async function startOpened(run: DrillRun, one: ComponentRun): Promise<void> {
  const { prepared, restored, staged } = one;
  if (prepared === undefined) return;
  const toolLog = logOf(one);
  one.running = await prepared.start(run.stop, restored === undefined || staged === undefined ? undefined : { restored, staged, toolLog });
  note(run, one.component.name, one.running.findings);
}

type Over = Pick<OpenRequest, 'folder' | 'restored' | 'staged' | 'withoutBackup'> & Partial<Pick<OpenRequest, 'section'>>;

/** The service over what a tool restored as files. */
async function open(run: DrillRun, one: ComponentRun, over: Over): Promise<void> {
  const { sandbox, component, point } = one;
  if (sandbox === undefined) return;
  const engine = engineOf(one);
  const service = run.tools.service.get(engine);
  if (service?.open === undefined) throw unsuited(engine, 'files');
  const request = {
    ...{ jail: sandbox.jail, section: component.service, needs: point?.needs ?? null, cache: run.tools.cache },
    ...{ ...over, reading: run.tools.reading, progress: progressOf(run), needed: neededBy(run, one) },
    keep: momentsOf(run, one).length > 0,
    secret: secretFor(run, { component: component.name, step: 'start' }),
    toolLog: logOf(one),
  };
  one.prepared = await service.open(request, run.stop);
}

/** Components are recovered in the order of what they need. */
function neededBy(run: DrillRun, { component }: ComponentRun): ReadonlyMap<string, RunningService> {
  const running = run.components.flatMap(({ component: { name }, running: service }) =>
    component.needs.includes(name) && service !== undefined ? [[name, service] as const] : [],
  );
  return new Map(running);
}
