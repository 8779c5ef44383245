import type { Phase, PhaseName } from './measurement.ts';

/** Phases that the recovery time consists of (measurement.md, section 4). */
const COUNTED: ReadonlySet<PhaseName> = new Set([
  'select',
  'provision',
  'fetch',
  'restore',
  'runbook',
  'start',
  'workflows',
  'probes',
  'waiting',
]);
const LEAST_GAP_MS = 1_000;

/**
 * Time within the recovery time that no phase accounts for, as phases `waiting` (section 4, "phase check"). Gaps that sum up to a second
 * or less are bookkeeping and give none. Overlapping phases (components restored side by side) count once.
 */
export function waitingPhases(phases: readonly Phase[], recoveryMs: number): readonly Phase[] {
  const busy = phases.filter(one => COUNTED.has(one.phase) && one.startMs < recoveryMs).sort((a, b) => a.startMs - b.startMs);
  const gaps: { readonly startMs: number; readonly durationMs: number }[] = [];
  let reachedMs = 0;
  for (const one of [...busy, { startMs: recoveryMs, durationMs: 0 }]) {
    if (one.startMs > reachedMs) gaps.push({ startMs: reachedMs, durationMs: one.startMs - reachedMs });
    reachedMs = Math.max(reachedMs, one.startMs + one.durationMs);
  }
  const totalMs = gaps.reduce((sum, gap) => sum + gap.durationMs, 0);
  if (totalMs <= LEAST_GAP_MS) return [];
  return gaps.map(gap => ({ component: null, phase: 'waiting', attempts: 1, ...gap }));
}

/** Readings of both clocks at two moments. */
export interface ClockReadings {
  readonly wallStartMs: number;
  readonly wallEndMs: number;
  readonly monotonicStartMs: number;
  readonly monotonicEndMs: number;
}

/** How far the wall clock moved against the monotonic one, if by more than a second, else 0 (section 3). Figures stay: they are monotonic. */
export function clockStepMs(readings: ClockReadings): number {
  const wallMs = readings.wallEndMs - readings.wallStartMs;
  const step = Math.round(wallMs - (readings.monotonicEndMs - readings.monotonicStartMs));
  return Math.abs(step) > 1_000 ? step : 0;
}
