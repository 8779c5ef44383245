import type { DrillRecord } from '../../evidence/record.ts';
import type { PhaseName } from '../../measurement/measurement.ts';
import { shortTime } from '../phases.ts';
import { NOT_MEASURED } from './view.ts';

/** How long this phase of a component took in the last accepted drill. */
export function tookPhase(record: DrillRecord | undefined, component: string, phase: PhaseName): string {
  const phases = record?.phases.filter(one => one.component === component && one.phase === phase) ?? [];
  return phases.length === 0 ? NOT_MEASURED : shortTime(phases.reduce((sum, one) => sum + one.durationMs, 0));
}

/** The same for a step of a runbook. */
export function tookStep(record: DrillRecord | undefined, component: string, name: string): string {
  const step = record?.steps.find(one => one.component === component && one.name === name);
  return step === undefined ? NOT_MEASURED : shortTime(step.durationMs);
}

/** The same for a workflow. */
export function tookWorkflow(record: DrillRecord | undefined, name: string): string {
  const latencyMs = record?.workflows.find(one => one.name === name)?.latencyMs ?? null;
  return latencyMs === null ? NOT_MEASURED : latencyMs < 1000 ? `${String(latencyMs)} ms` : shortTime(latencyMs);
}
