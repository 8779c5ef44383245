import { traitsOf, type BackupTool } from '../backup/backup.ts';
import type { HandScript } from '../report/by-hand/view.ts';
import type { Component, Plan } from '../plan/plan.ts';
import type { Target } from '../plan/target.ts';
import { RecoveryError } from './error.ts';

/** One thing that a recovery does; what was done is kept by its key. */
export interface RecoveryStep {
  readonly key: string;
  readonly component: string | null;
  readonly does: 'bring' | 'script' | 'start' | 'run' | 'ask';
  readonly name: string;
  /** Of a step of a runbook. */
  readonly script?: { readonly when: 'before' | 'after'; readonly index: number };
}

export interface StepSource {
  readonly plan: Plan;
  readonly target: Target;
  /** In the order in which they are recovered. */
  readonly components: readonly Component[];
  readonly tools: ReadonlyMap<string, BackupTool>;
  readonly scripts: ReadonlyMap<string, HandScript>;
}

/** Everything that will be done, in its order. Throws RecoveryError `refused` for what cannot be recovered in this way. */
export function stepsOf(source: StepSource): readonly RecoveryStep[] {
  const unknown = Object.keys(source.target.components).find(name => !source.components.some(one => one.name === name));
  if (unknown !== undefined) throw refuse(`the target names ${unknown}, which is no component of ${source.plan.plan}`, 'Correct its name.');
  const ask = { key: 'ask', component: null, does: 'ask', name: 'Ask what a drill would ask' } as const;
  return [...source.components.flatMap(component => stepsFor(source, component)), ask];
}

function stepsFor(source: StepSource, component: Component): readonly RecoveryStep[] {
  const { name, backup } = component;
  const script = source.scripts.get(name);
  if (script !== undefined && script.unread !== null)
    throw refuse(`the runbook of ${name} cannot be read: ${script.unread}`, 'Correct the script.');
  if (backup !== null) refuseUnsuited(source, component);
  else refuseElsewhere(source, name);
  refuseWithoutKeys(source, component);
  const bring =
    backup === null
      ? []
      : [{ key: `${name}/bring`, component: name, does: 'bring', name: `Fetch and restore ${name} (${backup.tool})` } as const];
  // What the application is to a component of files, a server of its own is to others.
  const isServer = ['cluster', 'instance', 'directory'].includes(wantedOf(source, component) ?? '');
  if (isServer && script?.steps.some(step => step.when === 'before') === true)
    throw refuse(`${name}: its runbook has steps before the start, which cannot be executed over a server that has recovered`, BY_HAND);
  const run = isServer ? [{ key: `${name}/run`, component: name, does: 'run', name: `Start ${name}` } as const] : [];
  const started = component.service?.engine === 'command' || (script?.start ?? null) !== null;
  const start = started ? [{ key: `${name}/start`, component: name, does: 'start', name: `Start ${name}` } as const] : [];
  return [...bring, ...run, ...scriptSteps(name, script, 'before'), ...start, ...scriptSteps(name, script, 'after')];
}

function scriptSteps(component: string, script: HandScript | undefined, when: 'before' | 'after'): readonly RecoveryStep[] {
  return (script?.steps ?? [])
    .filter(step => step.when === when)
    .map((step, index) => ({
      ...{ key: `${component}/${when}-${String(index + 1)}`, component, does: 'script', name: `${component}: ${step.name}` },
      script: { when, index },
    }));
}

const BY_HAND = 'Leave it to a person: `resurgam runbook` prints what to type.';

type Wanted = 'server' | 'cluster' | 'instance' | 'directory' | 'folder';

/** Which kind of place a component is recovered into; undefined: there is none for it yet. */
function wantedOf({ tools }: StepSource, { backup, service }: Component): Wanted | undefined {
  const tool = tools.get(backup?.tool ?? '');
  if (tool === undefined) return undefined;
  const { restoresInto, engine: own } = traitsOf(tool, backup);
  const engine = service?.engine ?? own;
  if (engine === 'mariadb') return 'instance';
  if (restoresInto === 'server') return own === 'postgres' ? 'server' : undefined;
  if (engine === 'postgres') return 'cluster';
  if (engine === 'directory') return 'directory';
  return ['files', 'sqlite', 'command'].includes(engine) ? 'folder' : undefined;
}

function refuseUnsuited(source: StepSource, component: Component): void {
  const { tools, target } = source;
  const { name, backup, service } = component;
  const tool = tools.get(backup?.tool ?? '');
  if (tool === undefined) throw refuse(`${name} has no backup tool that is known here`, 'Run `resurgam check`.');
  const wanted = wantedOf(source, component);
  const { engine } = traitsOf(tool, backup);
  if (wanted === undefined)
    throw refuse(`${name}: what ${tool.name} backs up (${service?.engine ?? engine}) cannot be recovered for real yet`, BY_HAND);
  if (target.components[name]?.[wanted] === undefined)
    throw refuse(
      `${name}: expected ${wanted}: in the target, found ${Object.keys(target.components[name] ?? {}).join(', ') || 'nothing'}`,
      `Say where it is to be: components: { ${name}: { ${wanted}: … } }.`,
    );
}

/** Without them its server starts and calls the tables damaged. */
function refuseWithoutKeys({ target }: StepSource, { name, backup }: Component): void {
  const { instance } = target.components[name] ?? {};
  if (instance === undefined || instance.keys !== undefined || backup?.options['encryption'] === undefined) return;
  throw refuse(
    `${name}: its tables are encrypted: expected keys: in the target`,
    `Put the file of their keys on this machine, readable by ${instance.owner} alone, and name it: instance: { keys: … }.`,
  );
}

function refuseElsewhere({ target }: StepSource, name: string): void {
  if (target.components[name]?.here !== true)
    throw refuse(
      `${name}: expected here: true in the target`,
      `Say that its steps are executed on this machine: components: { ${name}: { here: true } }.`,
    );
}

function refuse(message: string, hint: string): RecoveryError {
  return new RecoveryError('refused', message, hint);
}
