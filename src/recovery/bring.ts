import type { RestoreTarget } from '../backup/target.ts';
import { fetchInJail } from '../drill/fetch.ts';
import { restoresInto } from '../drill/provision.ts';
import { targetOf } from '../drill/recover.ts';
import { elapsedMs, note, type ComponentRun, type DrillRun } from '../drill/run.ts';
import type { PhaseName } from '../measurement/measurement.ts';
import type { TargetPlace } from '../plan/target.ts';
import { RecoveryError } from './error.ts';
import { deliver } from './folder.ts';
import { isHalfPlaced, preparePart, takePlace } from './server.ts';

/**
 * Fetches and restores one component as a drill does, in the two jails, and puts what came back into its place in the target in one move:
 * whatever cuts it off, the target is empty or whole. Throws what the tool throws, and RecoveryError for a bad backup.
 */
export async function bring(run: DrillRun, one: ComponentRun, place: TargetPlace): Promise<void> {
  const { server, folder } = place;
  const component = one.component.name;
  const at = server === undefined ? undefined : { at: server, recovery: run.id };
  if (at !== undefined && (await isHalfPlaced(at))) return takePlace(at, component);
  const kind = run.tools.sandbox.get(run.request.plan.sandbox.kind);
  if (kind === undefined || one.tool === undefined) throw new Error('nothing to recover with');
  const { acceptIsolation: accept, image } = run.request.plan.sandbox;
  const expectedBytes = one.point?.bytes ?? 0;
  one.sandbox = await kind.provision({ drill: `${run.id}.${component}`, limits: run.limits, expectedBytes, accept, image }, run.stop);
  try {
    one.staged = await timed(run, { component, phase: 'fetch' }, () => fetchInJail(run, one));
    refuseBad(run, one, one.staged.findings);
    await timed(run, { component, phase: 'restore' }, async () => {
      if (at !== undefined) await restore(run, one, { server: await preparePart(at), folder: undefined });
      else await restore(run, one, { server: undefined, folder: await one.sandbox?.jail.makeFolder('restored') });
      if (at !== undefined) await takePlace(at, component);
      else if (folder !== undefined && one.folder !== undefined) await deliver(one.folder, folder, run.stop);
    });
  } finally {
    one.destroyed = await one.sandbox.destroy();
  }
}

async function restore(run: DrillRun, one: ComponentRun, into: Pick<RestoreTarget, 'server' | 'folder'>): Promise<void> {
  if (one.sandbox === undefined || one.staged === undefined || one.tool === undefined) return;
  if (restoresInto(one, 'files') && into.folder !== undefined) one.folder = into.folder;
  const target = targetOf(run, one, { jail: one.sandbox.jail, ...into });
  one.restored = await one.tool.restore(one.staged, target, run.stop);
  refuseBad(run, one, one.restored.findings);
}

/** On such a day a bad backup is not put in place silently: a person decides, over another recovery point. */
function refuseBad(run: DrillRun, one: ComponentRun, findings: NonNullable<ComponentRun['restored']>['findings']): void {
  note(run, one.component.name, findings);
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
