import { finding } from '../finding/finding.ts';
import type { Dependency } from '../plan/dependency.ts';
import type { BackupSection, Plan, SecretReference } from '../plan/plan.ts';
import { engineOf, isStopped, note, type ComponentRun, type DrillRun } from './run.ts';

/** "It is denied." Whoever asked needed it, which is noted already. */
export class DeniedError extends Error {
  override readonly name = 'DeniedError';
  readonly code = 'denied';
  readonly hint = 'See the findings `without.needed`: they name each step that needed what was denied.';
}

/** Whether a component is what is denied: without identity no directory is recovered. */
export function isDenied(without: readonly Dependency[], one: Pick<ComponentRun, 'component' | 'tool'>): boolean {
  return without.includes('identity') && engineOf(one) === 'directory';
}

/** Whether a component of this name is in the plan and was denied to this drill. */
export function isDeniedName({ components, request }: DrillRun, name: string): boolean {
  const planned = request.plan.components.some(component => component.name === name);
  return planned && !components.some(({ component }) => component.name === name);
}

export interface Need {
  readonly component: string;
  readonly dependency: Dependency;
  /** Which part of the drill needed it. */
  readonly step: 'store' | 'needs' | 'start' | 'runbook' | 'workflow' | 'probe';
  /** Its name in the plan, where it has one. */
  readonly probe?: string;
  readonly required?: boolean;
}

export function noteNeeded(run: DrillRun, { component, dependency, step, probe = step, required = true }: Need): void {
  note(run, component, [finding('without.needed', 'failed', { probe, component, object: dependency, observed: step, required })]);
}

/** Secrets for one step. Those that a program gives are refused where key management is denied. */
export function secretFor(run: DrillRun, need: Omit<Need, 'dependency'>): (reference: SecretReference) => Promise<string> {
  return reference => {
    if (!withoutOf(run).includes('kms') || !('command' in reference)) return run.tools.secret(reference);
    noteNeeded(run, { ...need, dependency: 'kms' });
    return Promise.reject(new DeniedError('a secret that a program gives was refused: the drill runs without kms'));
  };
}

/** Whether the store of a component cannot be reached without what is denied; then it says so, and is not looked at. */
export function storeDenied(run: DrillRun, { component, tool }: ComponentRun): boolean {
  if (tool === undefined || component.backup === null) return false;
  const { backup, name } = component;
  const reach = tool.reach(backup);
  const needs = withoutOf(run).filter(dependency => {
    if (dependency === 'kms') return Object.values(reach.secrets).some(reference => 'command' in reference);
    if (dependency === 'dns') return reach.network && isReachedByName(backup.options);
    return dependency !== 'identity' && dependency === `site:${siteOf(backup, { plan: run.request.plan, network: reach.network })}`;
  });
  for (const dependency of needs) noteNeeded(run, { component: name, dependency, step: 'store' });
  return needs.length > 0;
}

/** Where a store stands: as its plan says; a folder stands where the plan's worker does, and a store behind a network nowhere that we know. */
function siteOf({ site }: BackupSection, { plan, network }: { readonly plan: Plan; readonly network: boolean }): string {
  return site ?? (network ? '' : plan.site);
}

/**
 * Whether its addresses hold a name. Literal addresses and this machine itself need nobody to look them up; a store whose keys hold no
 * address at all (a bucket without an endpoint) is found by a name that its tool knows.
 */
export function isReachedByName(options: unknown): boolean {
  const hosts = textsOf(options).flatMap(hostOf);
  return hosts.length === 0 || hosts.some(host => !isAddress(host));
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

/** The bucket of `s3://bucket/prefix` is no host. */
function hostOf(text: string): readonly string[] {
  const [, scheme = '', host] =
    /([a-z][a-z0-9+.-]*):\/\/(?:[^/@\s]*@)?(\[[^\]]+\]|[^/:\s]+)/i.exec(text) ?? /(sftp):(?:[^@/\s]+@)?([^:/\s]+):/.exec(text) ?? [];
  return host === undefined || /^(?:s3|gs|azure)$/i.test(scheme) ? [] : [host];
}

function isAddress(host: string): boolean {
  return /^(?:\[.*\]|\d{1,3}(?:\.\d{1,3}){3}|localhost)$/i.test(host);
}

/** What nobody needed is said only of a drill in which everything else went well: else nobody came to where it would have been. */
export function concludeDenied(run: DrillRun): void {
  const well = !isStopped(run) && run.findings.every(found => !found.required || found.outcome === 'passed');
  for (const dependency of withoutOf(run)) {
    if (run.findings.some(found => found.code === 'without.needed' && found.object === dependency)) continue;
    if (well) run.findings.push(finding('without.not-needed', 'passed', { probe: 'without', object: dependency }));
    else run.limitations.add(`Whether something needs ${dependency} could not be told: the drill did not get to its end.`);
  }
}

function withoutOf({ request }: DrillRun): readonly Dependency[] {
  return request.without ?? [];
}
