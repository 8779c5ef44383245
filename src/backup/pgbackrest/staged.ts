import type { RecoveryTarget } from '../postgres-files.ts';

/** What `restore` must know of the staged bytes: `base`, `tablespaces/<number>` and `wal` in the staging folder. */
export interface StagedHandle {
  /** Of pgBackRest. */
  readonly version: string;
  readonly tablespaces: readonly string[];
  readonly segments: number;
  readonly until: string | null;
  readonly target: RecoveryTarget;
  readonly timeline: number | null;
}

export function stagedHandle(handle: Readonly<Record<string, unknown>>): StagedHandle {
  return handle as unknown as StagedHandle;
}
