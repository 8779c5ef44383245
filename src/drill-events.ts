import type { Progress } from './backup/backup.ts';
import type { PhaseName } from './measurement/measurement.ts';

/**
 * What a running drill tells whoever watches it: a terminal, a log, nobody. Listening never changes the drill, so a listener must not
 * throw and must return at once. Component is `null` for phases of the whole drill (select, provision, workflows, destroy).
 */
export interface DrillEvents {
  phaseStarted(component: string | null, phase: PhaseName): void;
  /** `ms`: duration by the monotonic clock. Also called for a phase that broke. */
  phaseEnded(component: string | null, phase: PhaseName, ms: number): void;
  /** Bytes of the phase that is running; may come many times a second. */
  progress(progress: Progress): void;
}

/** Nobody watches. */
export const noDrillEvents: DrillEvents = {
  phaseStarted: () => undefined,
  phaseEnded: () => undefined,
  progress: () => undefined,
};
