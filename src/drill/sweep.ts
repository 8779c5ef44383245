import type { RecoveryPoint } from '../backup/backup.ts';
import { inPlace, newestFirst, orderedAt } from '../backup/choose.ts';
import { question } from './question.ts';
import { destroyAll, recoverAll } from './recover-all.ts';
import { isStopped, type ComponentRun, type DrillRun } from './run.ts';
import { pointsToProve, prove, runOf } from './swept.ts';

/**
 * Proves further recovery points (`schedule.drill.sweep`) as the store has them, the newest first, one after the other and each in a sandbox of its
 * own within the limits of the drill: what was recovered before it is gone by then. It begins when the figures of the drill are taken, and lengthens none.
 */
export async function sweep(run: DrillRun): Promise<void> {
  if (pointsToProve(run) < 2) return;
  for (const one of run.components) await sweepComponent(run, one);
  if (run.swept.length > 0)
    run.limitations.add('Further recovery points were not compared with the last accepted drill, which may be of newer data.');
}

async function sweepComponent(run: DrillRun, one: ComponentRun): Promise<void> {
  const { name, needs } = one.component;
  if (one.point === undefined || one.listing === undefined) return;
  if (needs.length > 0) {
    run.limitations.add(`Only the chosen recovery point of ${name} was proved: it needs other components.`);
    return;
  }
  const moments = run.swept.filter(({ component }) => component === name);
  const wanted = pointsToProve(run) - 1 - moments.length;
  const others = othersOf(run, one, moments.at(-1)?.point);
  if (others.length < wanted && !isStopped(run))
    run.limitations.add(`Of ${name} there are only ${others.length + moments.length + 1} recovery points to prove.`);
  for (const point of others.slice(0, wanted)) {
    const alone = runOf(run, one, point);
    await prove(run, alone, () => recovered(alone));
  }
}

/** Beside the chosen one; where moments were proved already, what is older than all of them. */
function othersOf(run: DrillRun, { listing, point }: ComponentRun, oldest: RecoveryPoint | undefined): readonly RecoveryPoint[] {
  const beforeMs = oldest === undefined ? Infinity : orderedAt(oldest);
  return newestFirst(inPlace(listing?.points ?? [], run.failureInstant)).filter(one => one.id !== point?.id && orderedAt(one) < beforeMs);
}

async function recovered(alone: DrillRun): Promise<void> {
  try {
    await recoverAll(alone);
    await question(alone);
  } finally {
    await destroyAll(alone);
  }
}
