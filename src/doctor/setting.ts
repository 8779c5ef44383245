import type { BackupTool } from '../backup/backup.ts';
import type { LoadedPlans, PlanLibrary } from '../plan/read.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { State } from '../store/state/state.ts';

/** What is looked at. Nothing in here is changed, but that the home is made and our own server started, as any command would. */
export interface DoctorSetting {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stop: AbortSignal;
  readonly homePath: string;
  readonly plansFolder: string;
  readonly library: PlanLibrary;
  readonly backupTools: readonly BackupTool[];
  readonly sandboxes: readonly Sandbox[];
  /** A server was named; else it is our own. */
  readonly givenServer: boolean;
  /** Several machines keep their ledgers on it together. */
  readonly sharesLedgers?: boolean;
  readonly openState: () => Promise<State>;
  readonly now: () => string;
  /** Where a unit of systemd may stand. */
  readonly unitFolders?: readonly string[];
}

/** What several parts look at; read once. */
export interface Look extends DoctorSetting {
  readonly plans: LoadedPlans;
  /** Undefined: it could not be opened, and `stateError` says why. */
  readonly state: State | undefined;
  readonly stateError: unknown;
}
