import type { BackupCheck } from '../backup/backup-check.ts';
import type { BackupTool } from '../backup/backup.ts';
import type { Plan, SecretReference } from '../plan/plan.ts';
import type { State } from '../store/state/state.ts';
import type { Standing } from './standing.ts';

/** One look at the backups of all components of a plan. */
export interface CheckRequest {
  readonly plan: Plan;
  /** The occurrence that it answers; `null`: somebody asked for it. */
  readonly dueAt: string | null;
  readonly stop: AbortSignal;
}

/** Everything that a backup check touches, handed in. */
export interface CheckTools {
  readonly backup: ReadonlyMap<string, BackupTool>;
  readonly state: State;
  /** Id of the worker, for the ledger. */
  readonly worker: string;
  secret(reference: SecretReference): Promise<string>;
  /** The client's HMAC, the same as for drills: a point has one id everywhere. */
  pseudonym(text: string): string;
  /** The wall clock, ISO. */
  now(): string;
  /** For a person or a log: what could not be done, in words that are not evidence. */
  explain(message: string, hint: string | null): void;
}

/** What came of the look at one component, and how it stands since. */
export interface ComponentChecked {
  readonly component: string;
  readonly check: BackupCheck;
  readonly standing: Standing;
  /** An entry of this check waits for the ledger: it did not pass, or the check before ended otherwise. */
  readonly told: boolean;
}

export interface PlanChecked {
  readonly client: string;
  readonly plan: string;
  /** The moment at which it began. */
  readonly at: string;
  /** Components without a backup are not in it; nor are those that were not reached before a stop. */
  readonly components: readonly ComponentChecked[];
  readonly stopped: boolean;
}
