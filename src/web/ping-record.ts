import type { CheckPlace } from '../store/state/backup-checks.ts';
import { keepJobEnd, keepJobStart, openJobRun } from '../store/state/job-runs.ts';
import type { Tx } from '../store/state/state.ts';

/** What a ping says. */
export type PingSignal =
  { readonly kind: 'start' } | { readonly kind: 'log' } | { readonly kind: 'end'; readonly exitCode: number | null; readonly ok: boolean };

export interface Ping {
  readonly place: CheckPlace;
  readonly signal: PingSignal;
  /** Pairs a start with its end; `null`: the end belongs to the last start. */
  readonly rid: string | null;
  readonly at: string;
  /** Size of what came with it; `null`: nothing. */
  readonly bytes: number | null;
  /** Name of a run that begins with this ping. */
  readonly newRun: string;
}

/** Runs whose pings have no id are told from the others, so that neither ends the other's. */
const WITHOUT_ID = 'ping-';

/** Keeps a ping as the start or the end of a run and gives the run's name. `log` says nothing of how the job stands. */
export async function keepPing(tx: Tx, { place, signal, rid, at, bytes, newRun }: Ping): Promise<string> {
  if (signal.kind === 'log') return rid ?? (await openJobRun(tx, place, WITHOUT_ID)) ?? `${WITHOUT_ID}${newRun}`;
  if (signal.kind === 'start') {
    const run = rid ?? `${WITHOUT_ID}${newRun}`;
    await keepJobStart(tx, place, { run, source: 'ping', at });
    return run;
  }
  const run = rid ?? (await openJobRun(tx, place, WITHOUT_ID)) ?? `${WITHOUT_ID}${newRun}`;
  await keepJobEnd(tx, place, {
    ...{ run, source: 'ping', endedAt: at, startedAt: null, durationMs: null, outputBytes: bytes },
    state: signal.ok ? 'succeeded' : 'failed',
    exitCode: signal.exitCode,
  });
  return run;
}
