import { traitsOf, type BackupTraits } from '../backup/backup.ts';
import type { TargetServer } from '../backup/target.ts';
import type { Limits, ReadySandbox, SandboxRequest } from '../sandbox/sandbox.ts';
import { ServiceError, type PrepareRequest } from '../service/service.ts';
import { expectedBytes } from './apportion.ts';
import { componentOf } from './begin.ts';
import { couldNot } from './could-not.ts';
import { engineOf, isStopped, note, type ComponentRun, type DrillRun } from './run.ts';

/** What keeps one component's sandbox from being made says nothing of the others. */
export async function provisionOne(run: DrillRun, name: string, limits: Limits): Promise<void> {
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

/** Bytes that do not say which server they need are first fetched and looked at: that may be because they are no backup at all. */
export function knowsItsServer(one: ComponentRun): boolean {
  return (one.point?.needs ?? null) !== null || (one.component.service?.version ?? null) !== null;
}

async function provision(run: DrillRun, one: ComponentRun, limits: Limits): Promise<void> {
  // One sandbox per component: the label stays unique.
  const label = run.components.length === 1 ? run.id : `${run.id}.${one.component.name}`;
  one.sandbox = await sandboxOf(run, { drill: label, limits, expectedBytes: expectedBytes(run, one) });
  note(run, one.component.name, one.sandbox.findings);
}

/** A sandbox as the plan wants it. */
export function sandboxOf(
  run: DrillRun,
  wanted: Pick<SandboxRequest, 'drill' | 'expectedBytes'> & Partial<Pick<SandboxRequest, 'limits'>>,
): Promise<ReadySandbox> {
  const { kind: name, acceptIsolation: accept, image } = run.request.plan.sandbox;
  const kind = run.tools.sandbox.get(name);
  if (kind === undefined) throw new Error(`no sandbox of kind ${name}`);
  return kind.provision({ limits: run.limits, ...wanted, accept, image }, run.stop);
}

/** An empty server first, for tools that restore into one. */
export async function prepare(run: DrillRun, one: ComponentRun, into: Pick<PrepareRequest, 'database'> = {}): Promise<void> {
  if (one.sandbox === undefined || !restoresInto(one, 'server')) return;
  const engine = engineOf(one);
  const service = run.tools.service.get(engine);
  if (service?.prepare === undefined) throw unsuited(engine, 'an empty server to restore into');
  const request = {
    jail: one.sandbox.jail,
    section: one.component.service,
    needs: one.point?.needs ?? null,
    cache: run.tools.cache,
    ...into,
  };
  one.prepared = await service.prepare(request, run.stop);
}

/** The one that was prepared. */
export function emptyServer({ prepared }: ComponentRun): TargetServer | undefined {
  return prepared !== undefined && 'server' in prepared ? prepared.server : undefined;
}

export function restoresInto({ tool, component }: ComponentRun, what: BackupTraits['restoresInto']): boolean {
  return tool !== undefined && traitsOf(tool, component.backup).restoresInto === what;
}

/** A plan may name an engine that cannot take what the tool restores. */
export function unsuited(engine: string, what: string): ServiceError {
  return new ServiceError('start-failed', `the service ${engine} cannot take ${what}`, {
    hint: 'Leave `service:` out of the component, or name an engine that its backup tool restores into.',
  });
}
