import type { PrintedDrill } from '../evidence/record.ts';
import { sayTime } from '../measurement/wording.ts';
import type { PhaseView } from './view.ts';
import { phaseWord } from './words.ts';

const LEAST_PERCENT = 0.6;
/** Not part of a recovery: questions beyond the workflows, and clearing up. */
const UNCOUNTED: readonly string[] = ['probes', 'destroy'];

/** The phases in the order in which they began, each with its stretch of the whole drill. */
export function phases(record: PrintedDrill): PhaseView[] {
  const scaleMs = Math.max(1, ...record.phases.map(one => one.startMs + one.durationMs));
  const inOrder = [...record.phases].sort((a, b) => a.startMs - b.startMs);
  const untilMs = usableMs(record);
  return inOrder.map(one => ({
    name: phaseWord[one.phase],
    component: one.component ?? 'whole drill',
    began: one.startMs < 1000 ? 'at the start' : `after ${sayTime(one.startMs)}`,
    took: shortTime(one.durationMs),
    note: one.attempts > 1 ? `${one.attempts} attempts` : null,
    counted: untilMs === null ? !UNCOUNTED.includes(one.phase) : one.startMs < untilMs,
    x: `${((one.startMs / scaleMs) * 100).toFixed(3)}%`,
    width: `${Math.max(LEAST_PERCENT, (one.durationMs / scaleMs) * 100).toFixed(3)}%`,
  }));
}

/** A time of a phase; below a second it would be rounded up to the same second as many others. */
export function shortTime(ms: number): string {
  return ms < 1000 ? 'under 1 s' : sayTime(ms);
}

function usableMs(record: PrintedDrill): number | null {
  return record.recoveryTime.ms;
}
