import type { RecoveryPoint } from '../backup/backup.ts';
import { isRegular } from '../evidence/regular.ts';
import { finding } from '../finding/finding.ts';
import { conclude, type Verdict } from '../probe/verdict.ts';
import { elapsedMs, isStopped, note, type ComponentRun, type DrillRun } from './run.ts';

/** A further recovery point that a drill proved, or tried to. */
export interface SweptPoint {
  readonly component: string;
  readonly point: RecoveryPoint;
  readonly verdict: Verdict;
  readonly durationMs: number;
  /** The run of this point alone: its findings, and the component as it came back. */
  readonly run: DrillRun;
}

const CODES = {
  passed: ['sweep.point-good', 'passed'],
  failed: ['sweep.point-bad', 'failed'],
  inconclusive: ['sweep.point-unclear', 'inconclusive'],
} as const;

/** How many points the drill proves of a component, the chosen one counted in. Drills that ask something else prove one. */
export function pointsToProve({ request }: DrillRun): number {
  if (!isRegular(request.trigger)) return 1;
  return request.plan.schedule.drill.sweep?.points ?? 1;
}

/** The same drill of one component and one point: with the probes and workflows of that component, and nothing to compare it with. */
export function runOf(run: DrillRun, { component, tool }: ComponentRun, point: RecoveryPoint): DrillRun {
  const { plan } = run.request;
  const schedule = { ...plan.schedule, drill: { ...plan.schedule.drill, sweep: null } };
  const workflows = plan.workflows.filter(workflow => workflow.component === component.name);
  return {
    ...run,
    id: `${run.id}.${component.name}-${run.swept.length + 2}`,
    request: { ...run.request, plan: { ...plan, schedule, components: [component], workflows, consistency: [] } },
    components: [{ component, tool, point, facts: {}, secrets: [], toolLogs: [] }],
    parallel: 1,
    ...{ findings: [], phases: [], limitations: new Set<string>(), steps: [], workflows: [], swept: [] },
  };
}

/** Says what came of a point, which `proving` asked in a run of its own. What a stop broke off says nothing. */
export async function prove(run: DrillRun, alone: DrillRun, proving: () => Promise<void>): Promise<void> {
  if (isStopped(run)) return;
  const startMs = elapsedMs(run);
  await proving();
  const [one] = alone.components;
  if (isStopped(run) || one?.point === undefined) return;
  const { point, component } = one;
  const verdict = verdictOf(alone);
  run.swept.push({ component: component.name, point, verdict, durationMs: elapsedMs(run) - startMs, run: alone });
  const [code, outcome] = CODES[verdict === 'objective-missed' ? 'passed' : verdict];
  note(run, component.name, [finding(code, outcome, { probe: 'sweep', object: point.id })]);
}

/** A point has no recovery time of its own: what counts is that it came back. */
function verdictOf({ components, findings }: DrillRun): Verdict {
  const destroyedVerified = components.every(one => one.sandbox === undefined || one.destroyed?.verified === true);
  return conclude({ findings, rto: 'met', rpo: 'met', destroyedVerified, declaredNotTested: { rto: true, rpo: true } }).verdict;
}

/** Every component for which a sandbox may have been made, those of further points too. */
export function everyComponent(run: DrillRun): readonly ComponentRun[] {
  return [...run.components, ...run.swept.flatMap(({ run: alone }) => alone.components)];
}
