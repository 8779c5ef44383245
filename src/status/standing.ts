import type { DrillSeries } from '../store/state/drills.ts';
import type { DueRow, LastCheck } from '../store/state/overview.ts';
import type { PlanRow } from '../store/state/plans.ts';

/** How it stands with a system, in one word; the worst that is true counts. */
export type Standing =
  | 'failed'
  | 'objective-missed'
  | 'backup-too-old'
  | 'backup-failed'
  | 'never-drilled'
  | 'overdue'
  | 'needs-drilling'
  | 'unclear'
  | 'passed';

/** How bad, on the scale of severities: 0 is P1. Three quarters below P4 is still worth a look; what passed is not. */
export const BADNESS: Readonly<Record<Standing, number>> = {
  failed: 1,
  'objective-missed': 1.2,
  'backup-too-old': 1.4,
  'backup-failed': 2,
  'never-drilled': 2.2,
  overdue: 2.4,
  'needs-drilling': 2.6,
  unclear: 2.8,
  passed: 9,
};

/** The newest data that could be restored now: of the component that is worst off. */
export interface NewestPoint {
  readonly component: string;
  readonly at: string;
  readonly ageMs: number;
  readonly tooOld: boolean;
}

export interface DueDrill {
  readonly dueAt: string;
  readonly state: DueRow['state'];
  readonly late: boolean;
}

/** What is known of one plan; everything is there at most once. */
export interface Known {
  readonly plan: PlanRow;
  readonly drills: DrillSeries | undefined;
  readonly checks: readonly LastCheck[];
  readonly due: DueRow | undefined;
}

/** The oldest of the newest points. `null` if of some component none is known: it may be older. Pure. */
export function newestPoint({ plan, checks }: Pick<Known, 'plan' | 'checks'>, nowMs: number): NewestPoint | null {
  let oldest: NewestPoint | null = null;
  if (checks.length < plan.components.length) return null;
  for (const { component, newestAt } of checks) {
    if (newestAt === null) return null;
    const ageMs = Math.max(0, nowMs - Date.parse(newestAt));
    if (oldest === null || ageMs > oldest.ageMs) oldest = { component, at: newestAt, ageMs, tooOld: ageMs > plan.rpoMs };
  }
  return oldest;
}

export function dueDrill(due: DueRow | undefined, nowMs: number): DueDrill | null {
  if (due === undefined) return null;
  return { dueAt: due.dueAt, state: due.state, late: due.state === 'waiting' && Date.parse(due.lateAfter) < nowMs };
}

/** The verdict is that of the last drill that could tell; what it said of an older plan is not said of this one. Pure. */
export function standingOf(known: Known, point: NewestPoint | null, due: DueDrill | null): Standing {
  const { plan, drills, checks } = known;
  const verdict = drills?.conclusive?.verdict;
  if (verdict === 'failed' || verdict === 'objective-missed') return verdict;
  if (point?.tooOld === true) return 'backup-too-old';
  if (checks.some(check => check.outcome === 'failed')) return 'backup-failed';
  if (drills === undefined) return 'never-drilled';
  if (due?.late === true) return 'overdue';
  if (drills.passing !== null && drills.passing.planDigest !== plan.digest) return 'needs-drilling';
  return drills.last.verdict === 'inconclusive' || drills.conclusive === null ? 'unclear' : 'passed';
}
