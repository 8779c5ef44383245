import type { RecoveryPoint } from './backup.ts';
import { momentStamp } from './point-id.ts';

/** How many recovery points a drill proves, and how far moments are apart; `null`: as far as fits. */
export interface SweepOrder {
  readonly points: number;
  readonly everyMs: number | null;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A day, twelve hours, …, a minute: the distances that people speak of. */
const STEPS_MS = [24, 12, 6, 3, 1].map(hours => hours * HOUR_MS).concat([30, 10, 1].map(minutes => minutes * MINUTE_MS));

/**
 * The moments that are proved beside a point whose log leads to any of them, newest first: whole ones (the full hour, midnight in UTC) between the
 * end of its base backup and itself, one less than `points`. Without `everyMs` they are as far apart as lets all of them fit; if not even minutes
 * do, there are fewer.
 */
export function momentsBefore(
  point: Pick<RecoveryPoint, 'consistentAt' | 'momentsFrom'>,
  { points, everyMs }: SweepOrder,
): readonly string[] {
  if (point.consistentAt === null || point.momentsFrom === undefined || points < 2) return [];
  const [fromMs, untilMs] = [Date.parse(point.momentsFrom), Date.parse(point.consistentAt)];
  const wanted = points - 1;
  const spread = (stepMs: number): readonly number[] => wholeBetween(fromMs, untilMs, { stepMs, wanted });
  const fitting = STEPS_MS.find(stepMs => spread(stepMs).length === wanted);
  return spread(everyMs ?? fitting ?? MINUTE_MS).map(ms => new Date(ms).toISOString());
}

function wholeBetween(fromMs: number, untilMs: number, of: { readonly stepMs: number; readonly wanted: number }): readonly number[] {
  const newest = Math.ceil(untilMs / of.stepMs) - 1;
  const oldest = Math.ceil(fromMs / of.stepMs);
  const count = Math.max(0, Math.min(of.wanted, newest - oldest + 1));
  return Array.from({ length: count }, (_, index) => (newest - index) * of.stepMs);
}

/** The same bytes, recovered to an earlier moment. */
export function pointAt(point: RecoveryPoint, at: string): RecoveryPoint {
  return { ...point, id: `${point.id}@${momentStamp(at)}`, kind: 'pitr', consistentAt: at, consistentBasis: 'derived' };
}
