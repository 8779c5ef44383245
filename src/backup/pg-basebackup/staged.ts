import type { RecoveryTarget } from '../postgres-files.ts';

/** Names in the staging folder: `base` (the tree, or its archives), `tablespaces/<number>`, `wal`. */
export const WAL_FOLDER = 'wal';

/** What `restore` must know of the staged bytes. */
export interface StagedHandle {
  readonly shape: 'plain' | 'tar';
  /** Numbers of the tablespaces that were staged as trees. */
  readonly tablespaces: readonly string[];
  /** Segments in `wal`. */
  readonly segments: number;
  readonly until: string | null;
  readonly target: RecoveryTarget;
  readonly timeline: number | null;
  readonly hasManifest: boolean;
}

export function stagedHandle(handle: Readonly<Record<string, unknown>>): StagedHandle {
  return handle as unknown as StagedHandle;
}
