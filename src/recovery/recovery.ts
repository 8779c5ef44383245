import { begin, componentOf } from '../drill/begin.ts';
import { askWorkflows } from '../drill/question.ts';
import { elapsedMs, type DrillRun } from '../drill/run.ts';
import { select } from '../drill/select.ts';
import type { DrillTools } from '../drill/tools.ts';
import type { DrillRecord } from '../evidence/record.ts';
import type { Ledger } from '../store/ledger.ts';
import { bring } from './bring.ts';
import { RecoveryError } from './error.ts';
import { sealRecoveryEnd, sealRecoveryStart, type Declared } from './evidence.ts';
import { runningAt } from './running.ts';
import { askOnTarget, type ScriptSource } from './script.ts';
import { startApplication } from './start.ts';
import { writeState, type RecoveryState } from './state.ts';
import type { RecoveryStep, StepSource } from './steps.ts';

export interface RecoveryOrder {
  readonly source: StepSource;
  readonly steps: readonly RecoveryStep[];
  readonly tools: DrillTools;
  readonly ledger: Ledger;
  readonly declared: Omit<Declared, 'event'> & { readonly event: string | null };
  readonly targetDigest: string;
  /** Where what is done is kept, and the private folder for scripts and logs. */
  readonly file: string;
  readonly work: string;
  /** What an earlier process did of it. */
  readonly before: RecoveryState | undefined;
  readonly person: string | null;
  readonly stop: AbortSignal;
  /** Called before and after each step, with the time since the recovery began. */
  readonly told: (step: RecoveryStep, at: { readonly done: boolean; readonly elapsedMs: number; readonly number: number }) => void;
}

/** All steps that are not done yet, each kept durably once it is. Throws at the first that fails: `--resume` goes on with it. */
export async function recoverForReal(order: RecoveryOrder): Promise<DrillRecord> {
  const run = await beginRecovery(order);
  await select(run);
  let state = order.before ?? newState(order, run);
  fixPoints(run, state);
  const declared = { ...order.declared, event: order.declared.event ?? run.id };
  if (order.before === undefined) {
    state = { ...state, points: pointsOf(run) };
    await sealRecoveryStart(order.ledger, run, declared);
    await writeState(order.file, state);
  }
  for (const [index, step] of order.steps.entries()) {
    if (state.done.includes(step.key)) continue;
    if (run.stop.aborted) throw new RecoveryError('stopped', `stopped before: ${step.name}`, 'Go on with --resume.');
    order.told(step, { done: false, elapsedMs: elapsedMs(run), number: index + 1 });
    await unlessStopped(run, step, () => execute(order, run, step));
    state = { ...state, done: [...state.done, step.key] };
    await writeState(order.file, state);
    order.told(step, { done: true, elapsedMs: elapsedMs(run), number: index + 1 });
  }
  const record = await sealRecoveryEnd(order.ledger, run, declared);
  await writeState(order.file, { ...state, finished: true });
  return record;
}

/** The clock of a resumed recovery is that of its beginning. */
async function beginRecovery({ source, tools, before, person, stop }: RecoveryOrder): Promise<DrillRun> {
  const request = { plan: source.plan, trigger: 'manual', occurrence: null, attempt: 1, retryOf: null, person, stop } as const;
  const begun = await begin(request, tools);
  if (before === undefined) return { ...begun, id: begun.id.replace(/^d-/, 'r-') };
  const passedMs = Math.max(0, Date.parse(begun.startedAt) - Date.parse(before.startedAt));
  const startMonoMs = begun.startMonoMs - passedMs;
  return { ...begun, id: before.recovery, startedAt: before.startedAt, startMonoMs, failureInstant: before.startedAt };
}

function newState({ source, targetDigest }: RecoveryOrder, run: DrillRun): RecoveryState {
  const { plan, digest } = source.plan;
  return { recovery: run.id, plan, planDigest: digest, targetDigest, startedAt: run.startedAt, points: {}, done: [], finished: false };
}

function pointsOf(run: DrillRun): Record<string, string> {
  return Object.fromEntries(run.components.flatMap(one => (one.point === undefined ? [] : [[one.component.name, one.point.id]])));
}

/** Components of one recovery fit together only if all are of the points that were chosen at its beginning. */
function fixPoints(run: DrillRun, { points }: RecoveryState): void {
  for (const one of run.components) {
    const id = points[one.component.name];
    const point = id === undefined ? one.point : one.listing?.points.find(each => each.id === id);
    if (one.component.backup !== null && point === undefined)
      throw new RecoveryError(
        'step-failed',
        `${one.component.name}: no recovery point can be found`,
        'Look at the place of the backups: `resurgam check`.',
      );
    if (point !== undefined) one.point = point;
  }
}

/** What a step throws once it was stopped says nothing of the step. */
async function unlessStopped(run: DrillRun, step: RecoveryStep, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (run.stop.aborted) throw new RecoveryError('stopped', `stopped in: ${step.name}`, 'Go on with --resume.');
    throw error;
  }
}

async function execute(order: RecoveryOrder, run: DrillRun, step: RecoveryStep): Promise<void> {
  if (step.does === 'ask') return askRecovered(order, run);
  const one = componentOf(run, step.component ?? '');
  if (one === undefined) throw new Error('a step of no component');
  const place = order.source.target.components[one.component.name] ?? {};
  const { tools, work, stop, source } = order;
  const script: ScriptSource = { plan: source.plan, component: one.component, target: source.target, tools, work, stop };
  if (step.does === 'bring') return bring(run, one, place);
  if (step.does === 'start') return startApplication(script);
  return runScriptStep(script, step);
}

async function runScriptStep(source: ScriptSource, { script, name }: RecoveryStep): Promise<void> {
  if (script === undefined) throw new Error('a step without its place in the script');
  const at = { when: script.when, step: script.index } as const;
  await askOnTarget(source, { ask: 'run', ...at });
  const checked = await askOnTarget(source, { ask: 'check', ...at });
  if (checked.type === 'done' && checked.holds) return;
  throw new RecoveryError('step-failed', `${name}: its check says that it did not work`, 'Mend it, then go on with --resume.');
}

async function askRecovered({ source }: RecoveryOrder, run: DrillRun): Promise<void> {
  for (const one of run.components) {
    const { name, service } = one.component;
    const port = service?.options['port'] ?? source.scripts.get(name)?.start?.['port'];
    one.running = runningAt(source.target.components[name] ?? {}, typeof port === 'number' ? port : null);
  }
  await askWorkflows(run);
}
