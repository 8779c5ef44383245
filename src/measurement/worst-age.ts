/** A recovery point that proved good: its data are as of `consistentAt`, and it could be used from `availableAt` on. One unit everywhere. */
export interface UsablePoint {
  readonly consistentAt: number;
  readonly availableAt: number;
}

export interface Period {
  readonly from: number;
  /** Not part of it. */
  readonly to: number;
  readonly rpo: number;
}

export interface WorstAge {
  /** `null`: there was no point at all, so that no age can be said. */
  readonly worst: number | null;
  /** Part of the period had no point: the worst age is "at least". */
  readonly isLowerBound: boolean;
  /** Total time with an age above the objective; time without a point counts into it. */
  readonly timeAbove: number;
  readonly noPointTime: number;
  /** `timeAbove` as a share of the period. */
  readonly share: number;
}

/** The newest data that could have been used at `at`: the point that MX-17 asks for (measurement.md, sections 7 and 8). */
export function newestUsableAt<T extends UsablePoint>(points: readonly T[], at: number): T | undefined {
  let best: T | undefined;
  for (const point of points) {
    if (point.availableAt <= at && (best === undefined || point.consistentAt > best.consistentAt)) best = point;
  }
  return best;
}

/**
 * The worst age over a period (section 8): the age grows until a newer point arrives. Failed points are not to be handed in; they do not
 * exist. Points may come in any order.
 */
export function worstAge(points: readonly UsablePoint[], period: Period): WorstAge {
  const { from, to, rpo } = period;
  if (!(to > from)) throw new RangeError('a period must have a duration');
  const arrivals = points.map(point => point.availableAt).filter(at => at > from && at < to);
  const edges = [from, ...new Set(arrivals.sort((a, b) => a - b)), to];
  let worst: number | null = null;
  let timeAbove = 0;
  let noPointTime = 0;
  for (const [index, start] of edges.slice(0, -1).entries()) {
    const end = edges[index + 1] ?? to;
    const best = newestUsableAt(points, start);
    if (best === undefined) {
      noPointTime += end - start;
      timeAbove += end - start;
      continue;
    }
    worst = Math.max(worst ?? 0, end - best.consistentAt);
    timeAbove += Math.max(0, end - Math.max(start, best.consistentAt + rpo));
  }
  return { worst, isLowerBound: noPointTime > 0, timeAbove, noPointTime, share: timeAbove / (to - from) };
}

/** What a steady schedule leaves at risk, in the unit of its terms (section 8). */
export interface SteadySchedule {
  readonly interval: number;
  readonly duration: number;
  readonly copy: number;
  readonly rpo: number;
}

export interface SteadyAge {
  readonly best: number;
  readonly mean: number;
  readonly worst: number;
  readonly shareAbove: number;
}

/** Ages that follow from interval, duration and copy time when `consistentAt` is the start of the job. */
export function steadyAge({ interval, duration, copy, rpo }: SteadySchedule): SteadyAge {
  const best = duration + copy;
  const worst = interval + best;
  return { best, mean: interval / 2 + best, worst, shareAbove: Math.min(1, Math.max(0, (worst - rpo) / interval)) };
}
