import type { Measurement } from '../measurement/measurement.ts';
import { limitationsOf } from '../measurement/limitations.ts';
import { judgeRpo, judgeRto, type RpoResult, type RtoResult } from '../measurement/objective.ts';
import { clockStepMs, waitingPhases } from '../measurement/phases.ts';
import { measureRecoveryPointAge, type RecoveryPointAge } from '../measurement/recovery-point.ts';
import { allowanceMs, measureRecoveryTime, project, recordableRecoveryTime, type Projection } from '../measurement/recovery-time.ts';
import type { Plan } from '../plan/plan.ts';
import { WORKFLOW_AREAS } from '../plan/words.ts';
import { conclude, type Conclusion } from '../probe/verdict.ts';
import type { DrillRun } from './run.ts';
import { everyComponent } from './swept.ts';
import type { DrillRequest } from './tools.ts';

/** The figures of a drill and what follows from them. */
export interface Figures {
  readonly recoveryTime: Measurement;
  readonly projection: Projection | null;
  readonly age: RecoveryPointAge;
  readonly rto: RtoResult;
  readonly rpo: RpoResult;
  readonly conclusion: Conclusion;
  readonly clockStepMs: number;
}

/** Clock stamps → figures → verdict, by measurement.md, sections 4 to 9. */
export function measure(run: DrillRun): Figures {
  const { plan } = run.request;
  const waitedUntilMs = run.components.some(one => one.running?.ready === true)
    ? (run.askedUntilMs ?? run.tools.clock.monotonicMs())
    : null;
  const usable = stillUsable(run);
  const measured = measureRecoveryTime({
    startedMs: run.startMonoMs,
    usableMs: usable === undefined ? null : run.startMonoMs + usable.ms,
    waitedUntilMs,
    rtoMs: plan.contract.rtoMs,
  });
  const terms = { rtoStarts: plan.contract.rtoStarts, allowance: plan.allowance, factor: plan.factor, rtoMs: plan.contract.rtoMs };
  const projection = project(measured, terms);
  const age = measureAge(run);
  const rto = judgeRto({ recoveryTime: measured, projection, rtoMs: plan.contract.rtoMs, sampled: plan.schedule.drill.sample });
  const rpo = judgeRpo(age, plan.contract.rpoMs);
  const conclusion = conclude({
    findings: run.findings,
    rto: rto.result,
    rpo: rpo.result,
    destroyedVerified: everyComponent(run).every(one => one.sandbox === undefined || one.destroyed?.verified === true),
    declaredNotTested: { rto: plan.schedule.drill.sample, rpo: plan.schedule.drill.pick !== 'latest' },
  });
  const recoveryTime = recordableRecoveryTime(conclusion.verdict, measured);
  return {
    recoveryTime,
    projection: recoveryTime.ms === null ? null : projection,
    age,
    rto: recoveryTime.ms === null && conclusion.verdict !== 'objective-missed' ? untested(conclusion.verdict) : rto,
    rpo,
    conclusion,
    clockStepMs: stepOf(run),
  };
}

/** A required probe that fails after the workflows makes the system not usable after all (section 4). */
function stillUsable(run: DrillRun): DrillRun['usable'] {
  return run.findings.some(found => found.required && found.outcome !== 'passed') ? undefined : run.usable;
}

function untested(verdict: string): RtoResult {
  return { result: 'not-tested', by: null, because: `the drill ended ${verdict}` };
}

function measureAge(run: DrillRun): RecoveryPointAge {
  const points = run.components.flatMap(one => {
    if (one.point === undefined) return [];
    const freshness = run.findings.filter(found => found.component === one.component.name && found.code.startsWith('freshness.'));
    const { consistentAt, consistentBasis } = one.point;
    return [{ component: one.component.name, consistentAt, consistentBasis, newest: one.newest, freshness }];
  });
  return measureRecoveryPointAge(points, run.failureInstant, run.request.plan.schedule.drill.pick);
}

function stepOf(run: DrillRun): number {
  return clockStepMs({
    wallStartMs: Date.parse(run.startedAt),
    wallEndMs: Date.parse(run.tools.clock.now()),
    monotonicStartMs: run.startMonoMs,
    monotonicEndMs: run.tools.clock.monotonicMs(),
  });
}

/** Gaps that no phase accounts for become phases of their own, and what is left open is said. */
export function complete(run: DrillRun, figures: Figures): void {
  const { plan } = run.request;
  if (figures.recoveryTime.ms !== null) run.phases.push(...waitingPhases(run.phases, figures.recoveryTime.ms));
  const standing = limitationsOf({
    factor: plan.factor,
    allowanceMs: allowanceMs(plan.contract.rtoStarts, plan.allowance),
    requiredWorkflows: plan.workflows.filter(workflow => workflow.required).length,
    sampled: plan.schedule.drill.sample,
    pickIsLatest: plan.schedule.drill.pick === 'latest',
    confirmedByData: figures.age.confirmedByData,
    ageBasis: figures.age.age.basis,
    clockStepMs: figures.clockStepMs,
  });
  for (const sentence of [...specialOf(run.request), ...standing, ...areasOf(plan), ...needsOf(plan)]) run.limitations.add(sentence);
}

/** What a drill that does not speak for its plan was for. */
function specialOf({ tried, without = [] }: DrillRequest): readonly string[] {
  const searched =
    tried == null ? [] : [`An older recovery point of ${tried.component} was drilled in search of the newest that comes back.`];
  return [...searched, ...(without.length === 0 ? [] : [`Drilled without ${without.join(', ')}: nothing is said of the plan with it.`])];
}

/** What the system needs of others: none of it was part of this drill (requirement SD-04). */
function needsOf({ system: { needs = [] } }: Plan): readonly string[] {
  const systems = needs.flatMap(need => ('plan' in need ? [need.plan] : []));
  const outside = needs.flatMap(need => ('outside' in need ? [need.outside] : []));
  return [
    ...(systems.length === 0 ? [] : [`Needed systems, which have drills of their own: ${[...new Set(systems)].join(', ')}.`]),
    ...(outside.length === 0 ? [] : [`Needed from outside, which no drill shows: ${outside.join(', ')}.`]),
  ];
}

/** Work with the system of which the plan shows nothing, and of which it says why (requirement SD-30). */
function areasOf({ system, workflows, notApplicable = {} }: Plan): readonly string[] {
  const told = workflows.flatMap(({ covers }) => covers ?? []);
  const declared = Object.entries(notApplicable).map(([area, why]) => `Not applicable: ${area}, because ${why}.`);
  const open = system.kind === 'ehr' ? WORKFLOW_AREAS.filter(area => !told.includes(area) && notApplicable[area] === undefined) : [];
  return [...declared, ...(open.length === 0 ? [] : [`Not tested of the work with the EHR: ${open.join(', ')}.`])];
}
