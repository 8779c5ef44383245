import { begin, componentOf } from '../drill/begin.ts';
import { elapsedMs, type DrillRun } from '../drill/run.ts';
import { select } from '../drill/select.ts';
import type { DrillRecord } from '../evidence/record.ts';
import type { Component, Plan } from '../plan/plan.ts';
import { sentenceOf } from '../finding/finding.ts';
import { isHinted } from '../system/hinted.ts';
import { askRecovered } from './ask-recovered.ts';
import { bring } from './bring.ts';
import { Course, type RecoveryOrder } from './course.ts';
import { RecoveryError } from './error.ts';
import { sealRecoveryEnd, sealRecoveryStart, type Declared } from './evidence.ts';
import { askOnTarget, type ScriptSource } from './script.ts';
import { startApplication } from './start.ts';
import { startCluster } from './start-cluster.ts';
import { startDirectory } from './start-directory.ts';
import { startInstance } from './start-instance.ts';
import type { RecoveryState } from './state.ts';
import type { RecoveryStep } from './steps.ts';

const LONGEST_MS = 2_147_483_647;

/** All steps that are not done yet, each kept durably once it is. Throws at the first that fails: `--resume` goes on with it. */
export async function recoverForReal(order: RecoveryOrder): Promise<DrillRecord> {
  const run = await beginRecovery(order);
  await select(run);
  const course = new Course(order, run, order.before ?? newState(order, run));
  fixPoints(run, course.state);
  const declared = declaredOf(order, run);
  if (order.before === undefined) await course.keep({ points: pointsOf(run) });
  else run.limitations.add('It was resumed: what earlier processes found in steps that were done is not in this record.');
  await sealRecoveryStart(order.ledger, run, declared);
  warn(order, run);
  for (const [index, step] of order.steps.entries()) {
    if (course.state.done.includes(step.key)) continue;
    if (run.stop.aborted) throw new RecoveryError('stopped', `stopped before: ${step.name}`, 'Go on with --resume.');
    order.told(step, { done: false, elapsedMs: elapsedMs(run), number: index + 1 });
    await unlessStopped(run, step, () => execute(course, step));
    // Answers are kept by the record alone: who goes on before it is signed asks again.
    if (step.does !== 'ask') await course.keep({ done: [...course.state.done, step.key], placing: null, starting: null });
    order.told(step, { done: true, elapsedMs: elapsedMs(run), number: index + 1 });
  }
  const record = await sealRecoveryEnd(order.ledger, run, declared);
  await course.keep({ finished: true, brought: forgotten(course.state) });
  return record;
}

/** What backups said of themselves may hold names: nobody needs it any more. */
function forgotten({ brought }: RecoveryState): RecoveryState['brought'] {
  return Object.fromEntries(Object.entries(brought).map(([name, one]) => [name, { ...one, says: {} }]));
}

/** What the look at the backups said against them: no reason to stop on such a day, and nothing to hear of at its end only. */
function warn({ tools }: RecoveryOrder, run: DrillRun): void {
  const bad = run.findings.filter(found => found.required && found.outcome !== 'passed');
  for (const found of bad)
    tools.explain(
      `${found.component ?? run.request.plan.plan}: ${sentenceOf(found)} (${found.code})`,
      `See runbooks/response/${found.code}.md.`,
    );
}

/** The clock of a resumed recovery is that of its beginning. */
export async function beginRecovery({ source, tools, before, person, stop }: RecoveryOrder): Promise<DrillRun> {
  const request = { plan: forOnePoint(source.plan), trigger: 'manual', occurrence: null, attempt: 1, retryOf: null, person, stop } as const;
  const drill = await begin(request, tools);
  // The time that a drill may take ends no recovery: late is better than not at all.
  const begun = { ...drill, limits: { ...drill.limits, timeMs: LONGEST_MS }, stop, stoppedBy: () => undefined };
  if (before === undefined) return { ...begun, id: begun.id.replace(/^d-/, 'r-') };
  const passedMs = Math.max(0, Date.parse(begun.startedAt) - Date.parse(before.startedAt));
  const startMonoMs = begun.startMonoMs - passedMs;
  return { ...begun, id: before.recovery, startedAt: before.startedAt, startMonoMs, failureInstant: before.startedAt };
}

/** What a drill would put aside to prove further points takes disk and time that are wanted now. */
export function forOnePoint(plan: Plan): Plan {
  return { ...plan, schedule: { ...plan.schedule, drill: { ...plan.schedule.drill, sweep: null } } };
}

/** An event that was named at the beginning stands in both entries, whoever goes on. */
export function declaredOf({ declared, before }: RecoveryOrder, run: DrillRun): Declared {
  return { ...declared, event: before?.event ?? declared.event ?? run.id };
}

function newState({ source, targetDigest, declared }: RecoveryOrder, run: DrillRun): RecoveryState {
  const { plan, digest } = source.plan;
  return {
    recovery: run.id,
    event: declared.event,
    plan,
    planDigest: digest,
    targetDigest,
    startedAt: run.startedAt,
    points: {},
    done: [],
    finished: false,
    placing: null,
    starting: null,
    sent: [],
    brought: {},
  };
}

function pointsOf(run: DrillRun): Record<string, string> {
  return Object.fromEntries(run.components.flatMap(one => (one.point === undefined ? [] : [[one.component.name, one.point.id]])));
}

/** Components of one recovery fit together only if all are of the points that were chosen at its beginning. */
function fixPoints(run: DrillRun, { points, done }: RecoveryState): void {
  for (const one of run.components) {
    const id = points[one.component.name];
    const point = id === undefined ? one.point : one.listing?.points.find(each => each.id === id);
    // What is in place already may have expired meanwhile.
    const isDone = done.includes(`${one.component.name}/bring`);
    if (one.component.backup !== null && point === undefined && !isDone)
      throw new RecoveryError(
        'step-failed',
        `${one.component.name}: no recovery point can be found`,
        'Look at the place of the backups: `resurgam check`.',
      );
    if (point !== undefined) one.point = point;
    else delete one.point;
  }
}

/** What a step throws once it was stopped says nothing of the step. What a stage throws speaks of drills; here it is no drill. */
async function unlessStopped(run: DrillRun, step: RecoveryStep, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (run.stop.aborted) throw new RecoveryError('stopped', `stopped in: ${step.name}`, 'Go on with --resume.');
    if (error instanceof RecoveryError || !isHinted(error)) throw error;
    const broke = new RecoveryError('broke', `${step.name}: ${error.message}`, resuming(error.hint));
    throw Object.assign(broke, { cause: error });
  }
}

/** Advice to run the drill again is advice to go on. */
export function resuming(hint: string): string {
  const rest = hint
    .split(/(?<=[.,;]) /)
    .filter(part => !/\bdrill again\b/i.test(part))
    .join(' ')
    .replace(/[,;]$/, '.');
  return rest === '' ? 'Go on with --resume.' : `${rest} Then go on with --resume.`;
}

async function execute(course: Course, step: RecoveryStep): Promise<void> {
  const { order, run } = course;
  if (step.does === 'ask') return askRecovered(course);
  const one = componentOf(run, step.component ?? '');
  if (one === undefined) throw new Error('a step of no component');
  const { tools, work, stop, source } = order;
  const { component } = one;
  if (step.does === 'bring') return bring(course, one);
  if (step.does === 'run') return startServer(course, component);
  const script: ScriptSource = { plan: source.plan, component, target: source.target, brought: course.state.brought, tools, work, stop };
  if (step.does === 'script') return runScriptStep(script, step);
  const isRetry = course.state.starting === step.key;
  await course.keep({ starting: step.key });
  return startApplication(script, isRetry);
}

function startServer(course: Course, component: Component): Promise<void> {
  const { cluster, instance } = course.order.source.target.components[component.name] ?? {};
  if (cluster !== undefined) return startCluster(course, component);
  return instance === undefined ? startDirectory(course, component) : startInstance(course, component);
}

async function runScriptStep(source: ScriptSource, { script, name }: RecoveryStep): Promise<void> {
  if (script === undefined) throw new Error('a step without its place in the script');
  const at = { when: script.when, step: script.index } as const;
  await askOnTarget(source, { ask: 'run', ...at });
  const checked = await askOnTarget(source, { ask: 'check', ...at });
  if (checked.type === 'done' && checked.holds) return;
  throw new RecoveryError('step-failed', `${name}: its check says that it did not work`, 'Mend it, then go on with --resume.');
}
