import type { DrillRun } from '../drill/run.ts';
import type { DrillTools } from '../drill/tools.ts';
import type { Ledger } from '../store/ledger.ts';
import type { Declared } from './evidence.ts';
import { writeState, type RecoveryState } from './state.ts';
import type { RecoveryStep, StepSource } from './steps.ts';

/** One recovery as a person orders it. */
export interface RecoveryOrder {
  readonly source: StepSource;
  readonly steps: readonly RecoveryStep[];
  readonly tools: DrillTools;
  readonly ledger: Ledger;
  readonly declared: Omit<Declared, 'event'> & { readonly event: string | null };
  readonly targetDigest: string;
  /** Where what is done is kept, and the private folder for scripts and logs. */
  readonly file: string;
  readonly work: string;
  /** What an earlier process did of it. */
  readonly before: RecoveryState | undefined;
  readonly person: string | null;
  readonly stop: AbortSignal;
  /** Called before and after each step, with the time since the recovery began. */
  readonly told: (step: RecoveryStep, at: { readonly done: boolean; readonly elapsedMs: number; readonly number: number }) => void;
}

/** A recovery on its way. */
export class Course {
  readonly order: RecoveryOrder;
  readonly run: DrillRun;
  #state: RecoveryState;

  constructor(order: RecoveryOrder, run: DrillRun, state: RecoveryState) {
    this.order = order;
    this.run = run;
    this.#state = state;
  }

  get state(): RecoveryState {
    return this.#state;
  }

  /** Durable when it resolves. */
  async keep(change: Partial<RecoveryState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    await writeState(this.order.file, this.#state);
  }
}
