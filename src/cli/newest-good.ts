import type { App } from '../app.ts';
import type { ListedPoint } from '../drill/finish.ts';
import { searchNewestGood, type Tried } from '../drill/search.ts';
import type { PrintedDrill } from '../evidence/record.ts';
import { CommandError, EXIT } from './exit.ts';
import { drillPlan, type PlanDrill } from './plan-drill.ts';
import type { DrillDone } from './run-drill.ts';

/** One drill of a search: which point, and what came of it. */
export interface TriedPoint extends ListedPoint {
  readonly verdict: PrintedDrill['verdict'];
  readonly drill: string;
}

/** What `drill --find-newest-good` found. */
export interface NewestGood {
  /** Whose points were tried; `null`: the newest set came back, so that nothing had to be searched. */
  readonly component: string | null;
  /** Recovery points that there were of it. */
  readonly points: number;
  /** In the order in which they were tried. */
  readonly tried: readonly TriedPoint[];
  /** The record of the drill that proves the newest good point; `null` if none was found. */
  readonly good: PrintedDrill | null;
  /** What the search takes for granted; `null` if it did not have to. */
  readonly assumed: string | null;
  readonly exitCode: number;
}

export type Summarise = (done: DrillDone) => void;

const ASSUMED =
  'Points older than a good one were taken for good, and those between two bad ones for bad: proved are only the drills that are listed.';

/**
 * Drills the newest recovery point and, if that fails, older ones of the component that failed until the newest that comes back is known.
 * Each try is a drill of its own, signed with the trigger `search`: it does not speak for the plan. All of them share one moment of loss.
 */
export async function findNewestGood(app: App, order: PlanDrill, show: Summarise): Promise<NewestGood> {
  const newest = await drillPlan(app, { ...order, plan: pickingNewest(order.plan) });
  show(newest);
  const { printed } = newest.outcome;
  if (printed.verdict !== 'failed' || newest.exitCode !== EXIT.failed) return withoutSearch(newest);
  const component = failedComponent(printed);
  const points = newest.outcome.points.get(component) ?? [];
  const [first] = points;
  if (first === undefined) return { ...withoutSearch(newest), component };
  const drills: { readonly point: ListedPoint; readonly done: DrillDone }[] = [{ point: first, done: newest }];
  const searched = await searchNewestGood(points.length, async index => {
    const point = points[index] ?? first;
    const tried = { component, point: point.id, failureInstant: printed.failureInstant };
    const done = await drillPlan(app, { ...order, plan: pickingNewest(order.plan), trigger: 'search', tried });
    show(done);
    drills.push({ point, done });
    return judged(done);
  });
  const good = drills.find(({ point }) => searched.found !== undefined && point.id === points[searched.found]?.id)?.done;
  return {
    component,
    points: points.length,
    tried: drills.map(({ point, done }) => ({
      ...listed(point),
      verdict: done.outcome.printed.verdict,
      drill: done.outcome.printed.drill,
    })),
    good: good?.outcome.printed ?? null,
    assumed: points.length > drills.length ? ASSUMED : null,
    exitCode: searched.certain ? (good?.exitCode ?? EXIT.failed) : (drills.at(-1)?.done.exitCode ?? EXIT.inconclusive),
  };
}

/** Whatever the schedule picks: asked is for the newest. */
function pickingNewest(plan: PlanDrill['plan']): PlanDrill['plan'] {
  return { ...plan, schedule: { ...plan.schedule, drill: { ...plan.schedule.drill, pick: 'latest' } } };
}

function withoutSearch({ outcome, exitCode }: DrillDone): NewestGood {
  const { printed } = outcome;
  const good = printed.verdict === 'passed' || printed.verdict === 'objective-missed' ? printed : null;
  return { component: null, points: 0, tried: [], good, assumed: null, exitCode };
}

/** A drill that was stopped, or left something behind, ends the search. */
function judged({ outcome, exitCode }: DrillDone): Tried {
  if (exitCode === EXIT.failed) return 'bad';
  const { verdict } = outcome.printed;
  return (verdict === 'passed' || verdict === 'objective-missed') && exitCode !== EXIT.leftBehind ? 'good' : 'unknown';
}

function failedComponent(record: PrintedDrill): string {
  const failed = record.findings.filter(found => found.required && found.outcome === 'failed');
  const [component, ...others] = new Set(failed.map(found => found.component));
  if (typeof component === 'string' && others.length === 0) return component;
  throw new CommandError('the newest good point can be searched for one component, and what failed is not of one alone', {
    exitCode: EXIT.failed,
    hint: 'Search with a plan that has only one of them, or mend the others first: the drill above names what failed.',
  });
}

function listed({ id, consistentAt, availableAt }: ListedPoint): ListedPoint {
  return { id, consistentAt, availableAt };
}
