import type { Progress } from '../backup/backup.ts';
import type { DrillEvents } from '../drill-events.ts';
import type { PhaseName } from '../measurement/measurement.ts';

/** What progress is written to: standard error, or a stand-in. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Shows a drill while it runs. `done` must be called in every case: it gives the cursor back. */
export interface DrillProgress extends DrillEvents {
  /** A line that stays: what was cleaned up, what could not be done. */
  note(text: string): void;
  done(): void;
}

export interface PhaseLine {
  readonly component: string | null;
  readonly phase: PhaseName;
  beganAt: number;
  /** Of earlier steps of the same phase. */
  beforeMs: number;
  /** Undefined while it runs. */
  tookMs: number | undefined;
  progress: Progress | undefined;
  /** Bytes seen lately, for the rate: when, and how many. */
  readonly samples: { readonly at: number; readonly bytes: number }[];
}

/** The rate is that of the last seconds, so that it follows a store that becomes slow. */
const RATE_WINDOW_MS = 5000;

/** What is known of a running drill, as far as it is shown. */
export class RunningDrill {
  readonly startedAt: number;
  readonly rtoMs: number;
  readonly phases: PhaseLine[] = [];

  constructor(startedAt: number, rtoMs: number) {
    this.startedAt = startedAt;
    this.rtoMs = rtoMs;
  }

  begin(component: string | null, phase: PhaseName, at: number): void {
    const last = this.phases.at(-1);
    if (last?.component === component && last.phase === phase && last.tookMs !== undefined) {
      // Two steps of one phase, one after the other: one line.
      Object.assign(last, { beganAt: at - last.tookMs, beforeMs: last.tookMs, tookMs: undefined, progress: undefined });
      return;
    }
    this.phases.push({ component, phase, beganAt: at, beforeMs: 0, tookMs: undefined, progress: undefined, samples: [] });
  }

  end(component: string | null, phase: PhaseName, ms: number): void {
    const line = this.phases.findLast(one => one.component === component && one.phase === phase && one.tookMs === undefined);
    if (line !== undefined) line.tookMs = line.beforeMs + ms;
  }

  /** Bytes belong to the newest running phase of that name; what names another one is of the newest that runs. */
  heard(progress: Progress, at: number): void {
    const running = this.phases.filter(one => one.tookMs === undefined);
    const line = running.findLast(one => one.phase === progress.phase) ?? running.at(-1);
    if (line === undefined) return;
    line.progress = progress;
    line.samples.push({ at, bytes: progress.doneBytes });
    while ((line.samples[0]?.at ?? at) < at - RATE_WINDOW_MS) line.samples.shift();
  }
}

/** Bytes a second over the last seconds; undefined as long as there is nothing to divide by. */
export function rateOf(line: PhaseLine): number | undefined {
  const first = line.samples[0];
  const last = line.samples.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < 500) return undefined;
  return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
}
