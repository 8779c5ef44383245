import { z } from 'zod';
import { finding } from '../finding/finding.ts';
import { furnish, type Place } from '../service/needed-place.ts';
import { ServiceError, type OpenRequest, type RunningService } from '../service/service.ts';
import type { ListedStep } from '../stepping.ts';
import { elapsedMs, isStopped, note, step, type ComponentRun, type DrillRun } from './run.ts';
import { askScript, loadScript, type ScriptPlace } from './script.ts';

const WITHIN_MS = 600_000;

/** What the steps of one component run over. */
export type StepPlace = Pick<OpenRequest, 'folder' | 'withoutBackup'> & { readonly needed: ReadonlyMap<string, RunningService> };

/**
 * Executes the steps of a component's runbook that come before its start, or after it, each in a jail of its own. Whether all of them did
 * what they should: the component is not started over one that did not.
 */
export async function runSteps(run: DrillRun, one: ComponentRun, at: StepPlace & { readonly when: 'before' | 'after' }): Promise<boolean> {
  const { runbook, name } = one.component;
  if (runbook === null || isStopped(run)) return true;
  if (one.script?.steps.every(each => each.when !== at.when) === true) return true;
  const done = await step(run, { component: name, phase: 'runbook', broken: 'drill.could-not-start' }, async () => {
    const place = await placeOf(run, one, at);
    const { script } = place;
    for (const [index, listed] of script.steps.filter(each => each.when === at.when).entries()) {
      if (isStopped(run) || !(await runStep(run, one, { place, listed, index }))) return false;
    }
    return true;
  });
  return done === true;
}

/** What the script says is to be started, for a component without a `service:` in the plan; undefined if it starts nothing. */
export async function askService(run: DrillRun, one: ComponentRun, at: StepPlace): Promise<Readonly<Record<string, unknown>> | undefined> {
  const place = await placeOf(run, one, { ...at, when: 'before' });
  if (!place.script.starts) return undefined;
  const { said } = await askScript(run, one, { place, request: { ask: 'start' }, timeLimitMs: WITHIN_MS });
  const keys = z.strictObject(run.tools.service.get('command')?.options ?? {});
  const parsed = keys.safeParse(said?.type === 'service' ? said.service : undefined);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new ServiceError('start-failed', `what the runbook of ${one.component.name} starts${where}: ${issue?.message ?? 'nothing'}`, {
    hint: 'Let `start` of the script return the keys of `service: { engine: command }`: { start: [program, …], port: … }.',
  });
}

async function placeOf(run: DrillRun, one: ComponentRun, at: StepPlace & { readonly when: 'before' | 'after' }): Promise<ScriptPlace> {
  const { sandbox } = one;
  if (sandbox === undefined) throw new Error('no sandbox to run steps in');
  const own = at.when === 'after' && one.running?.share !== undefined ? [[OWN, one.running] as const] : [];
  const request = {
    jail: sandbox.jail,
    folder: at.folder,
    withoutBackup: at.withoutBackup === true,
    needed: new Map([...at.needed, ...own]),
  };
  const place: Place = await furnish(request, { prefix: `steps-${at.when}` }, run.stop);
  one.script ??= await loadScript(run, one, { jail: sandbox.jail });
  return { jail: sandbox.jail, place, own: OWN, script: one.script };
}

/** Under this name a component's own server is shown to its steps. */
const OWN = 'own-server';

interface Asked {
  readonly place: ScriptPlace;
  readonly listed: ListedStep & { readonly withinMs: number | null };
  readonly index: number;
}

async function runStep(run: DrillRun, one: ComponentRun, { place, listed, index }: Asked): Promise<boolean> {
  const limitMs = listed.withinMs ?? WITHIN_MS;
  const startMs = elapsedMs(run);
  run.tools.events.progress({ phase: 'runbook', doneBytes: 0, totalBytes: null, note: listed.name });
  const request = { when: listed.when, step: index } as const;
  let ended = await askScript(run, one, { place, request: { ...request, ask: 'run' }, timeLimitMs: limitMs });
  let code: 'runbook.step-failed' | 'runbook.check-failed' | 'runbook.too-slow' | undefined = ended.late
    ? 'runbook.too-slow'
    : ended.said?.type === 'done'
      ? undefined
      : 'runbook.step-failed';
  if (code === undefined && listed.checked) {
    ended = await askScript(run, one, { place, request: { ...request, ask: 'check' }, timeLimitMs: limitMs });
    if (ended.said?.type !== 'done' || !ended.said.holds) code = 'runbook.check-failed';
  }
  const durationMs = elapsedMs(run) - startMs;
  const outcome = code === undefined ? 'passed' : 'failed';
  run.steps.push({ component: one.component.name, when: listed.when, name: listed.name, outcome, durationMs, limitMs });
  if (isStopped(run)) return false;
  const facts = { probe: listed.name, component: one.component.name, latencyMs: durationMs, limitMs };
  note(run, one.component.name, [finding(code ?? 'runbook.step-done', outcome, { ...facts, observed: ended.exitCode })]);
  return code === undefined;
}
