import { momentsBefore, pointAt } from '../backup/moments.ts';
import type { OpenedService, Walk } from '../service/service.ts';
import { question } from './question.ts';
import { isStopped, note, step, type ComponentRun, type DrillRun } from './run.ts';
import { pointsToProve, prove, runOf } from './swept.ts';

/** The moments before its chosen point that are proved of a component over one restored base, newest first. */
export function momentsOf(run: DrillRun, { component, point }: ComponentRun): readonly string[] {
  // Steps of a runbook may change the files, or what stands around them: they are executed for each point anew.
  if (point === undefined || component.needs.length > 0 || component.runbook !== null) return [];
  const everyMs = run.request.plan.schedule.drill.sweep?.everyMs ?? null;
  return momentsBefore(point, { points: pointsToProve(run), everyMs });
}

/**
 * Proves moments of an archived log, when the figures of the drill are taken and before its sandboxes go: the restored base was kept in them. Goes
 * forward, so that the log is replayed once; the record has them newest first, as all further points.
 */
export async function sweepMoments(run: DrillRun): Promise<void> {
  if (pointsToProve(run) > 1) run.askedUntilMs = run.tools.clock.monotonicMs();
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
    for (const at of [...moments].reverse()) await proveMoment(run, one, { walk, at });
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

async function proveMoment(run: DrillRun, one: ComponentRun, to: { readonly walk: Walk; readonly at: string }): Promise<void> {
  if (one.point === undefined) return;
  const alone = runOf(run, one, pointAt(one.point, to.at));
  const [moment] = alone.components;
  if (moment === undefined) return;
  const service = to.walk.at(to.at);
  if (one.restored !== undefined) moment.restored = one.restored;
  moment.prepared = service;
  await prove(run, alone, async () => {
    try {
      await step(alone, { component: one.component.name, phase: 'start', broken: 'drill.could-not-start' }, () =>
        start(alone, moment, service),
      );
      await question(alone);
    } finally {
      await service.stop();
    }
  });
}

async function start(alone: DrillRun, moment: ComponentRun, service: OpenedService): Promise<void> {
  moment.running = await service.start(alone.stop);
  note(alone, moment.component.name, moment.running.findings);
}
