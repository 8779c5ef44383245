import { createHash } from 'node:crypto';
import type { RecoveryPoint, StoreAccess } from '../backup/backup.ts';
import { checkHistory } from '../backup/check.ts';
import { choosePoint } from '../backup/choose.ts';
import { finding } from '../finding/finding.ts';
import { note, step, type ComponentRun, type DrillRun } from './run.ts';
import { runsWithoutBackup } from './without-backup.ts';

/** Looks at every store once and chooses what to restore. Reads only. */
export async function select(run: DrillRun): Promise<void> {
  await step(run, { component: null, phase: 'select', broken: 'drill.could-not-select' }, async () => {
    const baseline = await run.tools.book.baseline(run.request.plan.plan);
    for (const one of run.components) {
      const facts = baseline?.facts[one.component.name];
      if (facts !== undefined) one.baseline = facts;
      await selectOne(run, one);
    }
  });
}

async function selectOne(run: DrillRun, one: ComponentRun): Promise<void> {
  const { component, tool } = one;
  if (runsWithoutBackup(run, one)) return;
  if (tool === undefined || component.backup === null) {
    note(run, component.name, [finding('drill.component-not-supported', 'inconclusive', { probe: 'backup', component: component.name })]);
    return;
  }
  const listing = await tool.list(await storeAccess(run, one), run.stop);
  one.listing = listing;
  note(run, component.name, listing.findings);
  const point = pointOf(run, component.name, listing.points);
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

/** A retry keeps the point of the first attempt: another one would be another drill. Else what the plan's rule picks. */
function pointOf(run: DrillRun, component: string, points: readonly RecoveryPoint[]): RecoveryPoint | undefined {
  const kept = run.request.first?.recoveryPoints.find(point => point.component === component);
  if (kept !== undefined) return points.find(({ id }) => id === kept.id);
  const { pick } = run.request.plan.schedule.drill;
  return choosePoint(points, pick, { failureInstant: run.failureInstant, seed: run.seed ?? run.id });
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
    .flatMap(one => one.listing?.points ?? [])
    .filter(({ availableAt }) => Date.parse(availableAt) <= Date.parse(run.failureInstant))
    .map(({ id }) => id)
    .sort();
  if (ids.length === 0) return null;
  return { size: ids.length, digest: createHash('sha256').update(ids.join('\n')).digest('hex') };
}
