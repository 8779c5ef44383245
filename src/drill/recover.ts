import { traitsOf, type BackupTraits } from '../backup/backup.ts';
import type { RestoreTarget } from '../backup/target.ts';
import type { Limits, ReadySandbox } from '../sandbox/sandbox.ts';
import { ServiceError, type RunningService } from '../service/service.ts';
import { spanned } from '../tracing.ts';
import { apportion, expectedBytes } from './apportion.ts';
import { componentOf } from './begin.ts';
import { couldNot } from './could-not.ts';
import { fetchInJail } from './fetch.ts';
import { inTurn } from './in-turn.ts';
import { isOutOfService, noteOutOfService } from './out-of-service.ts';
import { engineOf, isStopped, note, progressOf, step, type ComponentRun, type DrillRun } from './run.ts';

/** provision, all sandboxes at once; then fetch → restore → start of each component, as soon as those that it needs are there. */
export async function recoverAll(run: DrillRun): Promise<void> {
  const chosen = run.components.filter(one => one.point !== undefined && one.tool !== undefined);
  if (chosen.length === 0) return;
  await step(run, { component: null, phase: 'provision', broken: 'drill.could-not-provision' }, async () => {
    const limits = apportion(run);
    const pieces = chosen.map(({ component: { name } }) => ({ name, needs: [], weight: 1 }));
    await inTurn(pieces, run.parallel, name => provisionOne(run, name, limits.get(name) ?? run.limits));
  });
  // How long each takes is not known yet; more bytes take longer.
  const pieces = run.components.map(({ component: { name, needs }, point }) => ({ name, needs, weight: 1 + (point?.bytes ?? 0) }));
  await inTurn(pieces, run.parallel, async name => {
    const one = componentOf(run, name);
    if (one !== undefined && !isOutOfService(run, one)) await recover(run, one);
  });
  noteOutOfService(run);
}

/** What keeps one component's sandbox from being made says nothing of the others. */
async function provisionOne(run: DrillRun, name: string, limits: Limits): Promise<void> {
  const one = componentOf(run, name);
  if (one === undefined || isStopped(run)) return;
  try {
    await provision(run, one, limits);
    if (knowsItsServer(one)) await prepare(run, one);
  } catch (error) {
    const place = {
      component: run.components.length === 1 ? null : name,
      phase: 'provision',
      broken: 'drill.could-not-provision',
    } as const;
    if (!isStopped(run)) run.findings.push(...couldNot(error, place, run.tools));
  }
}

/** fetch → restore → start, for one component in its own sandbox. Stops at the first step that did not come about. */
async function recover(run: DrillRun, one: ComponentRun): Promise<void> {
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
  await step(run, { component: name, phase: 'start', broken: 'drill.could-not-start' }, () => start(run, one));
}

/** Bytes that do not say which server they need are first fetched and looked at: that may be because they are no backup at all. */
function knowsItsServer(one: ComponentRun): boolean {
  return (one.point?.needs ?? null) !== null || (one.component.service?.version ?? null) !== null;
}

async function provision(run: DrillRun, one: ComponentRun, limits: Limits): Promise<void> {
  const { plan } = run.request;
  const kind = run.tools.sandbox.get(plan.sandbox.kind);
  if (kind === undefined || one.point === undefined || one.tool === undefined) throw new Error(`no sandbox of kind ${plan.sandbox.kind}`);
  // One sandbox per component: the label stays unique.
  const label = run.components.length === 1 ? run.id : `${run.id}.${one.component.name}`;
  const { acceptIsolation: accept, image } = plan.sandbox;
  const request = { drill: label, limits, expectedBytes: expectedBytes(one), accept, image };
  one.sandbox = await kind.provision(request, run.stop);
  note(run, one.component.name, one.sandbox.findings);
}

/** An empty server first, for tools that restore into one. */
async function prepare(run: DrillRun, one: ComponentRun): Promise<void> {
  if (one.sandbox === undefined || !restoresInto(one, 'server')) return;
  const engine = engineOf(one);
  const service = run.tools.service.get(engine);
  if (service?.prepare === undefined) throw unsuited(engine, 'an empty server to restore into');
  const request = { jail: one.sandbox.jail, section: one.component.service, needs: one.point?.needs ?? null, cache: run.tools.cache };
  one.prepared = await service.prepare(request, run.stop);
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
  one.restored = await one.tool.restore(one.staged, targetOf(run, { one, sandbox: one.sandbox }), run.stop);
  note(run, one.component.name, one.restored.findings);
}

function targetOf(run: DrillRun, at: { one: ComponentRun; sandbox: ReadySandbox }): RestoreTarget {
  return {
    jail: at.sandbox.jail,
    server: at.one.prepared !== undefined && 'server' in at.one.prepared ? at.one.prepared.server : undefined,
    folder: at.one.folder,
    parallel: Math.max(1, run.limits.cpus),
    pseudonym: text => run.tools.book.pseudonym(text),
    toolLog: (name, text) => void at.one.toolLogs.push({ name, text }),
    progress: progressOf(run),
  };
}

async function start(run: DrillRun, one: ComponentRun): Promise<void> {
  if (one.restored?.usable !== true) return;
  if (one.folder !== undefined) await open(run, one, one.folder);
  if (one.prepared === undefined) return;
  one.running = await one.prepared.start(run.stop);
  note(run, one.component.name, one.running.findings);
}

/** The service over what a tool restored as files. */
async function open(run: DrillRun, one: ComponentRun, folder: string): Promise<void> {
  const { sandbox, restored, staged, component, point } = one;
  if (sandbox === undefined || restored === undefined || staged === undefined) return;
  const engine = engineOf(one);
  const service = run.tools.service.get(engine);
  if (service?.open === undefined) throw unsuited(engine, 'files');
  const request = {
    ...{ jail: sandbox.jail, section: component.service, needs: point?.needs ?? null, cache: run.tools.cache },
    ...{ folder, restored, staged, reading: run.tools.reading, progress: progressOf(run), needed: neededBy(run, one) },
    toolLog: (name: string, text: string) => void one.toolLogs.push({ name, text }),
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

function restoresInto({ tool, component }: ComponentRun, what: BackupTraits['restoresInto']): boolean {
  return tool !== undefined && traitsOf(tool, component.backup).restoresInto === what;
}

/** A plan may name an engine that cannot take what the tool restores. */
function unsuited(engine: string, what: string): ServiceError {
  return new ServiceError('start-failed', `the service ${engine} cannot take ${what}`, {
    hint: 'Leave `service:` out of the component, or name an engine that its backup tool restores into.',
  });
}

/** Ends every sandbox, also after a stop: what was made is taken away and looked for. */
export async function destroyAll(run: DrillRun): Promise<void> {
  const made = run.components.filter(one => one.sandbox !== undefined);
  if (made.length === 0) return;
  const startMs = Math.round(run.tools.clock.monotonicMs() - run.startMonoMs);
  run.tools.events.phaseStarted(null, 'destroy');
  await spanned('resurgam.drill.destroy', {}, async () => {
    for (const one of made) {
      const destroyed = await one.sandbox?.destroy();
      if (destroyed !== undefined) one.destroyed = destroyed;
    }
  });
  const durationMs = Math.round(run.tools.clock.monotonicMs() - run.startMonoMs) - startMs;
  run.phases.push({ component: null, phase: 'destroy', startMs, durationMs, attempts: 1 });
  run.tools.events.phaseEnded(null, 'destroy', durationMs);
}
