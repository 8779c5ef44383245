import { momentsBefore, pointAt } from '../backup/moments.ts';
import type { RunningService, Walk } from '../service/service.ts';
import { question } from './question.ts';
import { isStopped, note, step, type ComponentRun, type DrillRun } from './run.ts';
import { pointsToProve, prove, runOf } from './swept.ts';

/** The moments before its chosen point that are proved of a component over one restored base, newest first. */
export function momentsOf(run: DrillRun, { component, point }: ComponentRun): readonly string[] {
  // Steps of a runbook may change the files, or what stands around them: they are executed for each point anew.
  if (point?.momentsFrom === undefined || component.needs.length > 0 || component.runbook !== null) return [];
  const everyMs = run.request.plan.schedule.drill.sweep?.everyMs ?? null;
  return momentsBefore(point, { points: pointsToProve(run), everyMs });
}

/**
 * Proves moments of an archived log, when the figures of the drill are taken and before its sandboxes go: the restored base was kept in them. Goes
 * forward, so that the log is replayed once; the record has them newest first, as all further points.
 */
export async function sweepMoments(run: DrillRun): Promise<void> {
  if (pointsToProve(run) > 1) run.askedUntilMs ??= run.tools.clock.monotonicMs();
  for (const one of run.components) {
    const moments = momentsOf(run, one);
    if (moments.length === 0) continue;
    const walk = await begin(run, one);
    if (isStopped(run)) return;
    if (walk === undefined) {
      run.limitations.add(`Earlier moments of ${one.component.name} were not proved: its chosen recovery point was not restored.`);
      continue;
    }
    limit(run, one, walk);
    const before = run.swept.length;
    const forward = [...moments].reverse();
    for (const [index, at] of forward.entries()) await proveMoment(run, one, { walk, at, next: forward[index + 1] });
    run.swept.push(...run.swept.splice(before).reverse());
  }
}

async function begin(run: DrillRun, { component, prepared }: ComponentRun): Promise<Walk | undefined> {
  const walk = prepared !== undefined && 'walk' in prepared ? prepared.walk : undefined;
  if (walk === undefined) return undefined;
  // No phase of the drill: its figures are taken.
  const place = { component: component.name, phase: 'start', broken: 'drill.could-not-start' } as const;
  return step({ ...run, phases: [] }, place, () => walk(run.stop));
}

function limit(run: DrillRun, { component }: ComponentRun, { copies, keptMs }: Walk): void {
  const { name } = component;
  if (copies === 'cloned') {
    run.limitations.add(`Earlier moments of ${name} were recovered in clones of one restored base, which share its blocks.`);
    return;
  }
  run.limitations.add(`Earlier moments of ${name} were recovered in full copies of one restored base: the file system clones no files.`);
  run.limitations.add(`Putting the restored base of ${name} aside took ${keptMs} ms of the recovery time.`);
}

interface To {
  readonly walk: Walk;
  readonly at: string;
  readonly next: string | undefined;
}

async function proveMoment(run: DrillRun, one: ComponentRun, { walk, at, next }: To): Promise<void> {
  if (one.point === undefined) return;
  const alone = runOf(run, one, pointAt(one.point, at));
  const [moment] = alone.components;
  if (moment === undefined) return;
  const service = walk.at(at, next);
  if (one.restored !== undefined) moment.restored = one.restored;
  const { integrity } = one.facts;
  if (integrity !== undefined) moment.baseline = { integrity };
  moment.prepared = service;
  await prove(run, alone, async () => {
    try {
      await step(alone, { component: one.component.name, phase: 'start', broken: 'drill.could-not-start' }, async () => {
        moment.running = comparedWith(run, one, await service.start(alone.stop));
        note(alone, one.component.name, moment.running.findings);
      });
      await question(alone);
    } finally {
      await service.stop();
    }
  });
}

/** What was found sound at the chosen point need not be examined again where it is the same; else all of it is. */
function comparedWith(run: DrillRun, one: ComponentRun, { unaltered, ...running }: RunningService): RunningService {
  if (unaltered === undefined || !isSound(run, one)) return running;
  run.limitations.add(
    `Integrity at earlier moments of ${one.component.name} was examined where the log changed a table since its base backup: the other tables are the same as at the chosen moment.`,
  );
  return { ...running, unaltered };
}

/** Its integrity was asked, and everything that was examined is as it should be. */
function isSound({ findings }: DrillRun, { component: { name } }: ComponentRun): boolean {
  const of = findings.filter(({ component, code }) => component === name && code.startsWith('integrity.'));
  return of.some(({ code }) => code === 'integrity.ok') && of.every(({ outcome }) => outcome === 'passed' || outcome === 'skipped');
}
