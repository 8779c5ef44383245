import type { BackupErrorCode } from '../../../src/backup/backup.ts';
import type { FindingCode } from '../../../src/finding/finding.ts';

/**
 * Where a mode is injected: the file below `test/`, the title of the test in it, and what must be said there. `null`: the backup is healthy
 * in spite of it, and passes without an alarm. A code of a refusal makes a drill inconclusive.
 */
export type Injection = readonly [file: string, title: string, said: FindingCode | BackupErrorCode | null];

/** One way in which backups go wrong. */
export type Mode =
  | { readonly means: string; readonly injected: readonly Injection[] }
  | { readonly means: string; readonly notOurs: string }
  /** It concerns us, and no test injects it yet. */
  | { readonly means: string; readonly missing: string };

export type Modes = Readonly<Record<string, Mode>>;
