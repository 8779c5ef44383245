import type { Plan } from '../plan/plan.ts';
import { hindranceOf, isEverybodyBusy, type Asking, type Staff } from '../schedule/staff.ts';
import type { Ledger } from '../store/ledger.ts';
import { endMissed, overdueDrills, type MissedCause } from '../store/occurrences.ts';
import { staffOf, workers } from '../store/state/workers.ts';
import { guarded, type WorkerRun } from './run.ts';

/** Signs what was missed, and why as far as anybody can tell now. Gives how many there were. */
export async function endMissedDrills(run: WorkerRun, ledger: Ledger, plans: readonly Plan[]): Promise<number> {
  const now = run.app.now();
  if (overdueDrills(ledger.index, now).length === 0) return 0;
  const staff = await staffNow(run);
  const asking = new Map(plans.map(plan => [plan.plan, askingOf(run, plan)]));
  return endMissed(ledger, now, plan => causeOf(run, asking.get(plan), staff));
}

/** What this plan asks of a worker. Where there is but one machine its worker does with what it has. */
export function askingOf({ app }: WorkerRun, { site, limits }: Plan): Asking {
  return { site, limits: app.sharesLedgers ? limits : null };
}

/** Undefined: the state cannot be asked. What was missed is signed nevertheless. */
async function staffNow(run: WorkerRun): Promise<readonly Staff[] | undefined> {
  let staff: readonly Staff[] | undefined;
  await guarded(run, 'workers', async () => {
    staff = staffOf(await workers(run.state), run.app.now());
  });
  return staff;
}

/** `asking`: undefined if the plan is not known as it is now. */
function causeOf(run: WorkerRun, asking: Asking | undefined, staff: readonly Staff[] | undefined): MissedCause {
  if (staff === undefined) return run.drills.size >= run.setting.slots ? 'no-capacity' : 'unknown';
  if (asking === undefined) return 'unknown';
  return hindranceOf(asking, staff) ?? (isEverybodyBusy(asking, staff) ? 'no-capacity' : 'unknown');
}
