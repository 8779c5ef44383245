import { finding, type Finding } from '../finding/finding.ts';
import type { ProbeSection, Workflow } from '../plan/plan.ts';
import type { Answer, ProbeKind, Question } from '../probe/probe.ts';
import { componentOf } from './begin.ts';
import { askConsistency } from './consistency.ts';
import { DeniedError, isDeniedName, noteNeeded, secretFor } from './denied.ts';
import { elapsedMs, engineOf, notAsked, note, step, type ComponentRun, type DrillRun } from './run.ts';

/** Required workflows first: the recovery time ends when they pass. All other probes follow and do not lengthen it. */
export async function question(run: DrillRun): Promise<void> {
  const { workflows } = run.request.plan;
  await askWorkflows(run);
  await step(run, { component: null, phase: 'probes', broken: 'drill.could-not-ask' }, async () => {
    for (const one of run.components) await askComponent(run, one);
  });
  if (!workflows.some(workflow => workflow.required)) {
    markUsable(run);
    run.limitations.add('No workflow is declared: usable means that the required probes passed.');
  }
  await askConsistency(run);
  await askWhetherUp(run);
}

/** What the people who use the system would do: once the required ones pass, it is usable. */
export async function askWorkflows(run: DrillRun): Promise<void> {
  const { workflows } = run.request.plan;
  if (workflows.length > 0) {
    await step(run, { component: null, phase: 'workflows', broken: 'drill.could-not-ask' }, async () => {
      for (const workflow of [...workflows].sort((a, b) => Number(b.required) - Number(a.required))) await askWorkflow(run, workflow);
    });
  }
  if (workflows.some(workflow => workflow.required)) markUsable(run);
}

/** Usable: nothing required has failed or gone unanswered so far, and something was asked. */
function markUsable(run: DrillRun): void {
  const required = run.findings.filter(found => found.required);
  if (run.stop.aborted || !required.every(found => found.outcome === 'passed')) return;
  if (run.components.some(one => one.running?.ready !== true)) return;
  run.usable = { at: run.tools.clock.now(), ms: elapsedMs(run) };
}

async function askWorkflow(run: DrillRun, workflow: Workflow): Promise<void> {
  const one = componentOf(run, workflow.component);
  const kind = run.tools.probe.get(workflow.kind);
  if (isDeniedName(run, workflow.component)) {
    const { component, name: probe, required } = workflow;
    noteNeeded(run, { component, dependency: 'identity', step: 'workflow', probe, required });
  }
  const isLeftOut = (await run.mayAsk?.(workflow)) === false;
  if (isLeftOut || kind === undefined || one?.running?.ready !== true || run.stop.aborted) {
    notAsked(run, workflow.component, { probe: workflow.name, required: workflow.required && !isLeftOut });
    run.workflows.push({ name: workflow.name, outcome: 'skipped', latencyMs: null, limitMs: workflow.withinMs });
    return;
  }
  const section = { kind: workflow.kind, name: workflow.name, required: workflow.required, options: workflow.options };
  const answer = await unlessDenied(kind.ask(questionOf(run, one, { section, limitMs: workflow.withinMs, workflow: true }), run.stop));
  note(run, one.component.name, answer.findings);
  const worst = worstOf(answer.findings);
  if (worst?.outcome === 'failed') note(run, one.component.name, signInFailed(run, workflow));
  run.workflows.push({
    name: workflow.name,
    outcome: worst?.outcome ?? 'inconclusive',
    latencyMs: worst?.latencyMs ?? null,
    limitMs: workflow.withinMs,
  });
}

const SIGN_IN: readonly (string | null | undefined)[] = ['sign-in', 'authentication'];

/** Without signing in nobody works with the rest, whatever came back: it is said whose that is. */
function signInFailed({ request }: DrillRun, { name, required, covers }: Workflow): readonly Finding[] {
  if (!SIGN_IN.includes(covers)) return [];
  const { owner = null, severity = null } = request.answers ?? {};
  return [finding('workflow.sign-in-failed', 'failed', { probe: name, required, object: owner ?? 'nobody', observed: severity })];
}

async function askComponent(run: DrillRun, one: ComponentRun): Promise<void> {
  for (const section of probesOf(run, one)) {
    const kind = run.tools.probe.get(section.kind);
    if (kind === undefined || one.running?.ready !== true || run.stop.aborted) {
      notAsked(run, one.component.name, { probe: section.name, required: section.required });
      continue;
    }
    run.tools.events.progress({ phase: 'probes', doneBytes: 0, totalBytes: null, note: section.name });
    const answer = await unlessDenied(kind.ask(questionOf(run, one, { section, limitMs: null, workflow: false }), run.stop));
    keep(run, one, { kind, section, answer });
  }
}

function keep(run: DrillRun, one: ComponentRun, asked: { kind: ProbeKind; section: ProbeSection; answer: Answer }): void {
  const { answer } = asked;
  note(run, one.component.name, answer.findings);
  // Several probes of one kind may be asked: each keeps its own.
  if (answer.facts !== undefined) one.facts[asked.kind.kind] = { ...one.facts[asked.kind.kind], ...answer.facts };
  if (answer.newest !== undefined) one.newest = answer.newest;
  for (const sentence of answer.limitations ?? []) run.limitations.add(sentence);
}

/** What one question needed and was refused is noted; the next ones are asked all the same. */
async function unlessDenied(answering: Promise<Answer>): Promise<Answer> {
  try {
    return await answering;
  } catch (error) {
    if (error instanceof DeniedError) return { findings: [] };
    throw error;
  }
}

/** The plan's probes, else all that the engine offers with their defaults. */
export function probesOf(run: DrillRun, one: ComponentRun): readonly ProbeSection[] {
  if (one.asked !== undefined) return one.asked;
  const engine = engineOf(one);
  const offered = [...run.tools.probe.values()].filter(kind => kind.byDefaultFor.includes(engine));
  const asDefault = (kind: ProbeKind): ProbeSection => ({ kind: kind.kind, name: kind.kind, required: true, options: kind.defaults });
  return one.component.probes ?? offered.map(asDefault);
}

function questionOf(
  run: DrillRun,
  one: ComponentRun,
  asked: { section: ProbeSection; limitMs: number | null; workflow: boolean },
): Question {
  if (one.running === undefined) throw new Error('asked before it was restored');
  const { section } = asked;
  return {
    component: one.component.name,
    name: section.name,
    required: section.required,
    options: section.options,
    service: one.running,
    point: one.point,
    says: one.restored?.says ?? {},
    failureInstant: run.failureInstant,
    baseline: one.baseline?.[section.kind],
    limitMs: asked.limitMs,
    workflow: asked.workflow,
    pseudonym: text => run.tools.book.pseudonym(text),
    secret: secretFor(run, {
      ...{ component: one.component.name, step: asked.workflow ? 'workflow' : 'probe', probe: section.name },
      required: section.required,
    }),
  };
}

/** Even a system that answered everything has not come back if it is not there at the end. */
async function askWhetherUp(run: DrillRun): Promise<void> {
  for (const one of run.components) {
    if (one.running?.ready !== true || run.stop.aborted) continue;
    note(run, one.component.name, [await one.running.stillUp()]);
  }
}

const ORDER = ['failed', 'inconclusive', 'skipped', 'passed'] as const;

function worstOf(findings: readonly Finding[]): Finding | undefined {
  return [...findings].sort((a, b) => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome))[0];
}
