import { finding, type Finding } from '../finding/finding.ts';
import { SandboxError } from '../sandbox/sandbox.ts';
import { ServiceError } from '../service/service.ts';
import { isHinted } from '../system/hinted.ts';
import type { StepPlace } from './run.ts';
import type { DrillTools } from './tools.ts';

/**
 * An exception means "could not": the finding is inconclusive and carries our own code. The message and hint go to the person at the
 * terminal; they are not evidence, since a message may quote what must not be recorded.
 */
export function couldNot(error: unknown, place: StepPlace, tools: Pick<DrillTools, 'explain'>): readonly Finding[] {
  if (isHinted(error)) {
    tools.explain(error.message, error.hint);
    const already = error instanceof SandboxError ? error.findings : [];
    // While provisioning both a sandbox and an empty server are made; the error tells which of them it was.
    const code = error instanceof ServiceError && place.phase === 'provision' ? 'drill.could-not-start' : place.broken;
    return [...already, finding(code, 'inconclusive', { probe: place.phase, component: place.component, object: error.code })];
  }
  tools.explain(
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    'This is a defect of Resurgam: please report it with this text.',
  );
  return [finding('drill.broke', 'inconclusive', { probe: place.phase, component: place.component })];
}
