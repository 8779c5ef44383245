import type { PlanRow } from '../store/state/plans.ts';
import type { State } from '../store/state/state.ts';
import { silentWorkers, workers } from '../store/state/workers.ts';

/** Whether Resurgam does its work: all three, or it does not. */
export interface Readiness {
  readonly ready: boolean;
  readonly state: 'reachable' | 'unreachable';
  readonly worker: 'heard' | 'silent' | 'none' | 'unknown';
  readonly plans: 'loaded' | 'not loaded';
}

/** Asks the state; never rejects. */
export async function readiness(of: {
  readonly state: State;
  readonly now: string;
  readonly plans: readonly PlanRow[] | undefined;
}): Promise<Readiness> {
  const plans = of.plans === undefined ? 'not loaded' : 'loaded';
  try {
    const worker = await workerOf(of);
    return { ready: worker === 'heard' && plans === 'loaded', state: 'reachable', worker, plans };
  } catch {
    return { ready: false, state: 'unreachable', worker: 'unknown', plans };
  }
}

async function workerOf({ state, now }: { readonly state: State; readonly now: string }): Promise<'heard' | 'silent' | 'none'> {
  const rows = (await workers(state)).filter(row => row.state !== 'stopped');
  if (rows.length === 0) return 'none';
  return silentWorkers(rows, now).length === rows.length ? 'silent' : 'heard';
}
