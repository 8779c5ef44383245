import type { RecoveryPoint } from '../backup/backup.ts';
import { inPlace, newestFirst } from '../backup/choose.ts';
import { isRegular } from '../evidence/regular.ts';
import { finding } from '../finding/finding.ts';
import { conclude, type Verdict } from '../probe/verdict.ts';
import { question } from './question.ts';
import { destroyAll, recoverAll } from './recover-all.ts';
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

/**
 * Proves further recovery points (`schedule.drill.sweep`), the newest first, one after the other and each in a sandbox of its own within the
 * limits of the drill: what was recovered before it is gone by then. It begins when the figures of the drill are taken, and lengthens none.
 */
export async function sweep(run: DrillRun): Promise<void> {
  const { sweep: count } = run.request.plan.schedule.drill;
  if (count == null || count < 2 || !isRegular(run.request.trigger)) return;
  run.askedUntilMs ??= run.tools.clock.monotonicMs();
  for (const one of run.components) {
    if (one.point === undefined || one.listing === undefined) continue;
    if (one.component.needs.length > 0) {
      run.limitations.add(`Only the chosen recovery point of ${one.component.name} was proved: it needs other components.`);
      continue;
    }
    const others = newestFirst(inPlace(one.listing.points, run.failureInstant)).filter(({ id }) => id !== one.point?.id);
    if (others.length < count - 1)
      run.limitations.add(`Of ${one.component.name} there are only ${others.length + 1} recovery points to prove.`);
    for (const point of others.slice(0, count - 1)) await prove(run, one, point);
  }
  if (run.swept.length > 0)
    run.limitations.add('Further recovery points were not compared with the last accepted drill, which may be of newer data.');
}

async function prove(run: DrillRun, one: ComponentRun, point: RecoveryPoint): Promise<void> {
  if (isStopped(run)) return;
  const startMs = elapsedMs(run);
  const alone = runOf(run, one, point);
  try {
    await recoverAll(alone);
    await question(alone);
  } finally {
    await destroyAll(alone);
  }
  if (isStopped(run)) return;
  const component = one.component.name;
  const verdict = verdictOf(alone);
  run.swept.push({ component, point, verdict, durationMs: elapsedMs(run) - startMs, run: alone });
  const [code, outcome] = CODES[verdict === 'objective-missed' ? 'passed' : verdict];
  note(run, component, [finding(code, outcome, { probe: 'sweep', object: point.id })]);
}

/** The same drill of one component and one point: with the probes and workflows of that component, and nothing to compare it with. */
function runOf(run: DrillRun, { component, tool }: ComponentRun, point: RecoveryPoint): DrillRun {
  const { plan } = run.request;
  const workflows = plan.workflows.filter(workflow => workflow.component === component.name);
  return {
    ...run,
    id: `${run.id}.${component.name}-${run.swept.length + 2}`,
    request: { ...run.request, plan: { ...plan, components: [component], workflows, consistency: [] } },
    components: [{ component, tool, point, facts: {}, secrets: [], toolLogs: [] }],
    parallel: 1,
    ...{ findings: [], phases: [], limitations: new Set<string>(), steps: [], workflows: [], swept: [] },
  };
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
