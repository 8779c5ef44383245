import type { Outcome } from '../finding/finding.ts';
import type { Client } from '../plan/client.ts';
import type { Plan } from '../plan/plan.ts';
import { observed, proof, type Happening, type Source } from './seen.ts';
import { HOUR_MS } from './wall-time.ts';

/** One look at a backup job. */
export interface Checked {
  readonly outcome: Exclude<Outcome, 'skipped'>;
  readonly codes: readonly string[];
  /** Newest recovery point that it saw; `null`: none, or it could not look. */
  readonly newest: string | null;
  /** Run of the backup job, where the job itself reported. */
  readonly run?: string;
}

/** A recovery point, as far as its age matters. */
export interface PointSeen {
  readonly id: string;
  /** `null`: unknown, so that its age is at least that of the copy. */
  readonly consistentAt: string | null;
  readonly availableAt: string;
}

/** What is known of one component once it was checked. */
export interface ChecksSeen extends Source {
  readonly component: string;
  /** Newest first; the first is the one just done. */
  readonly checks: readonly Checked[];
  /** Newest point of any kind, and newest one that passed its backup check. */
  readonly newest: PointSeen | null;
  readonly newestValid: PointSeen | null;
  /** Since when this component is looked at: nothing can be overdue before. */
  readonly since: string;
}

export interface CheckRules {
  readonly plan: Plan;
  readonly client: Client;
}

const FAILED_CHECKS = 2;
const OVERDUE = 1.5;
const NO_POINT_RPOS = 4;
const NO_POINT_LEAST_MS = 24 * HOUR_MS;

/** What follows from a backup check of one component (escalation.md, section 2). */
export function conditionsOfChecks(seen: ChecksSeen, rules: CheckRules): readonly Happening[] {
  return [...ofOutcomes(seen, rules), ...ofJob(seen, rules), ...ofPoints(seen, rules)];
}

/** Failed once, failing, or passed again. Inconclusive looks say nothing in either direction. */
function ofOutcomes(seen: ChecksSeen, { plan, client }: CheckRules): readonly Happening[] {
  const [last] = seen.checks;
  if (last === undefined || last.outcome === 'inconclusive') return [];
  const components = [seen.component];
  const told = seen.checks.filter(check => check.outcome !== 'inconclusive');
  if (last.outcome === 'passed') {
    const failing = rowOf(told.slice(1), 'failed');
    const isNew = last.newest !== null && !failing.some(check => check.newest === last.newest);
    const passed = proof('check-passed', seen, { components });
    return isNew ? [passed, proof('check-passed-new-point', seen, { components })] : [passed];
  }
  const inARow = rowOf(told, 'failed').length;
  const most = plan.escalation?.failedChecks ?? client.escalation.failedChecks ?? FAILED_CHECKS;
  const about = { components, codes: last.codes, occasion: `${seen.component}/${last.run ?? last.newest ?? 'none'}` };
  return [
    observed(inARow >= most ? 'backup-failing' : 'backup-failed', seen, { ...about, inARow }),
    proof('check-passed', seen, { components, holds: false }),
  ];
}

/** The job promises a point so often. */
function ofJob(seen: ChecksSeen, { plan }: CheckRules): readonly Happening[] {
  const job = plan.components.find(component => component.name === seen.component)?.backup?.job;
  if (job == null) return [];
  const from = Date.parse(seen.newest?.availableAt ?? seen.since);
  const late = Date.parse(seen.at) - from > OVERDUE * job.everyMs;
  const components = [seen.component];
  if (late) return [observed('backup-overdue', seen, { components, occasion: occasionOf(seen, seen.newest) })];
  return seen.newest === null ? [] : [proof('point-new', seen, { components })];
}

/** How old the newest point is that is known to be good: the way back that there is now. */
function ofPoints(seen: ChecksSeen, rules: CheckRules): readonly Happening[] {
  const { plan, client } = rules;
  const { rpoMs } = plan.contract;
  const grace = plan.components.find(component => component.name === seen.component)?.backup?.job?.graceMs ?? 0;
  const told = plan.escalation?.noPointAfter ?? client.escalation.noPointAfter;
  const noneMs = told ?? Math.max(NO_POINT_RPOS * rpoMs, NO_POINT_LEAST_MS);
  const about = { components: [seen.component], codes: seen.checks[0]?.codes ?? [], occasion: occasionOf(seen, seen.newestValid) };
  const { newestValid } = seen;
  const none = (): readonly Happening[] => [observed('recovery-point-none', seen, about)];
  if (newestValid === null) return hasLooked(seen) || Date.parse(seen.at) - Date.parse(seen.since) > noneMs ? none() : [];
  const ageMs = Date.parse(seen.at) - Date.parse(newestValid.consistentAt ?? newestValid.availableAt);
  if (ageMs > noneMs) return none();
  // A point that does not say as of when it is may be older than its file: never evidence that the data are young enough.
  const proves = newestValid.consistentAt !== null;
  const there = proves ? [proof('point-there', seen, { components: [seen.component] })] : [];
  if (ageMs > rpoMs + grace) return [observed('recovery-point-stale', seen, about), ...there];
  return proves ? [...there, proof('point-fresh', seen, { components: [seen.component] })] : [];
}

/** Somebody could look and found no point that is any good. */
function hasLooked({ checks }: ChecksSeen): boolean {
  return checks[0] !== undefined && checks[0].outcome !== 'inconclusive';
}

function occasionOf({ component }: ChecksSeen, point: PointSeen | null): string {
  return `${component}/${point?.id ?? 'none'}`;
}

function rowOf(checks: readonly Checked[], outcome: Checked['outcome']): readonly Checked[] {
  const end = checks.findIndex(check => check.outcome !== outcome);
  return end === -1 ? checks : checks.slice(0, end);
}
