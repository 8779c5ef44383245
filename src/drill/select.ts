import { createHash } from 'node:crypto';
import type { RecoveryPoint, StoreAccess } from '../backup/backup.ts';
import { checkHistory } from '../backup/check.ts';
import { chooseSet, type Order } from '../backup/choose-set.ts';
import { choosePoint, inPlace } from '../backup/choose.ts';
import { finding } from '../finding/finding.ts';
import type { Plan } from '../plan/plan.ts';
import { storeDenied } from './denied.ts';
import { note, step, type ComponentRun, type DrillRun } from './run.ts';
import { runsWithoutBackup } from './without-backup.ts';

/** Looks at every store once and chooses what to restore. Reads only. */
export async function select(run: DrillRun): Promise<void> {
  await step(run, { component: null, phase: 'select', broken: 'drill.could-not-select' }, async () => {
    const baseline = await run.tools.book.baseline(run.request.plan.plan);
    for (const one of run.components) {
      const facts = baseline?.facts[one.component.name];
      if (facts !== undefined) one.baseline = facts;
      await list(run, one);
    }
    const together = fittingPoints(run);
    for (const one of run.components) await take(run, one, together);
  });
}

async function list(run: DrillRun, one: ComponentRun): Promise<void> {
  const { component, tool } = one;
  if (runsWithoutBackup(run, one) || storeDenied(run, one)) return;
  if (tool === undefined || component.backup === null) {
    note(run, component.name, [finding('drill.component-not-supported', 'inconclusive', { probe: 'backup', component: component.name })]);
    return;
  }
  one.listing = await tool.list(await storeAccess(run, one), run.stop);
  const decides = run.request.tried?.component !== component.name;
  // What is wrong with the store was decided by the drill with which the search began; here it is asked whether one point comes back.
  note(run, component.name, decides ? one.listing.findings : one.listing.findings.map(found => ({ ...found, required: false })));
}

async function take(run: DrillRun, one: ComponentRun, together: ReadonlyMap<string, RecoveryPoint>): Promise<void> {
  const { component, listing } = one;
  if (listing === undefined || component.backup === null) return;
  const point = together.get(component.name) ?? pointOf(run, component.name, listing.points);
  if (point === undefined) {
    note(run, component.name, [
      finding('select.no-recovery-point', 'failed', { probe: 'backup', unit: 'files looked at', observed: listing.looked }),
    ]);
    return;
  }
  one.point = point;
  const sizes = await run.tools.book.sizes(run.request.plan.plan, component.name);
  note(run, component.name, checkHistory(point, sizes, { section: component.backup, listing }));
}

/** A retry keeps the point of the first attempt, and a search tries the one it asks for: another one would be another drill. Else what the plan's rule picks. */
function pointOf(run: DrillRun, component: string, points: readonly RecoveryPoint[]): RecoveryPoint | undefined {
  const { tried, first } = run.request;
  const kept = tried?.component === component ? { id: tried.point } : first?.recoveryPoints.find(point => point.component === component);
  if (kept !== undefined) return points.find(({ id }) => id === kept.id);
  const { pick } = run.request.plan.schedule.drill;
  return choosePoint(points, pick, { failureInstant: run.failureInstant, seed: run.seed ?? run.id });
}

/**
 * The newest points that fit together, where the plan says what must: rows are not restored from a later moment than the files that they
 * refer to. Empty if nothing must fit, or if no points do: then the newest of each are taken, and the checks say what came of it.
 */
function fittingPoints(run: DrillRun): ReadonlyMap<string, RecoveryPoint> {
  const orders = ordersOf(run.request.plan);
  if (orders.length === 0 || run.request.plan.schedule.drill.pick !== 'latest' || run.request.first?.recoveryPoints.length)
    return new Map();
  const points = run.components.map(({ component: { name }, listing }) => [name, eligible(run, name, listing?.points ?? [])] as const);
  const chosen = chooseSet(new Map(points), orders);
  if (chosen === undefined) {
    run.limitations.add('No recovery points of the components fit together by their moments: the newest of each were taken.');
    return new Map();
  }
  for (const name of chosen.older)
    run.limitations.add(`The newest recovery point of ${name} is later than what it refers to: the newest that fits was taken.`);
  return chosen.points;
}

/** Those that were in place; of a component whose points are tried one by one only the one that is asked for. */
function eligible(run: DrillRun, component: string, points: readonly RecoveryPoint[]): readonly RecoveryPoint[] {
  const { tried } = run.request;
  return inPlace(points, run.failureInstant).filter(({ id }) => tried?.component !== component || id === tried.point);
}

/** Only checks that decide the verdict bind the choice. */
function ordersOf({ consistency = [] }: Plan): readonly Order[] {
  return consistency.flatMap(check => {
    if (!check.required) return [];
    const later = check.kind === 'references' ? check.existsIn : check.notBeyond.component;
    return [{ earlier: check.of, later, lagMs: check.lagMs }];
  });
}

/** What an adapter gets: its section, its secrets as environment, and names turned into tokens. */
export async function storeAccess(run: DrillRun, one: ComponentRun): Promise<StoreAccess> {
  const { component, tool } = one;
  if (tool === undefined || component.backup === null) throw new Error('no backup tool');
  const env: Record<string, string> = {};
  for (const [name, reference] of Object.entries(tool.reach(component.backup).secrets)) {
    env[name] = await run.tools.secret(reference);
    one.secrets.push(describe(reference));
  }
  return {
    section: component.backup,
    env,
    pseudonym: text => run.tools.book.pseudonym(text),
    now: () => run.tools.clock.now(),
  };
}

/** Where a secret is kept; never what it is. */
function describe(reference: object): string {
  if ('env' in reference) return `env ${String(reference.env)}`;
  if ('file' in reference) return 'file';
  return 'command';
}

/** What could have been chosen: size and digest of the ids of all points that were in place at the failure instant (evidence.md, `population`). */
export function populationOf(run: DrillRun): { size: number; digest: string } | null {
  const ids = run.components
    .flatMap(one => inPlace(one.listing?.points ?? [], run.failureInstant))
    .map(({ id }) => id)
    .sort();
  if (ids.length === 0) return null;
  return { size: ids.length, digest: createHash('sha256').update(ids.join('\n')).digest('hex') };
}
