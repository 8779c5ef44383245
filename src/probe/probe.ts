import type { z } from 'zod';
import type { RecoveryPoint } from '../backup/backup.ts';
import type { Finding } from '../finding/finding.ts';
import type { SecretReference } from '../plan/plan.ts';
import type { RunningService } from '../service/service.ts';

/** Facts of one component as a drill saw them: names of schema objects, counts, digests and HMACs. The next drill is compared with them. */
export type Facts = Readonly<Record<string, unknown>>;

/** A kind of question. */
export interface ProbeKind {
  /** The key in a plan's `probes:` list. */
  readonly kind: string;
  /** Engines that it is asked of without being named in the plan. */
  readonly byDefaultFor: readonly string[];
  /** Engines of which it can be asked at all. */
  readonly asks: readonly string[];
  /** Plan value under its key, e.g. `full`, a query, or an object; transformed into an options object. */
  readonly value: z.ZodType<Record<string, unknown>>;
  /** Further keys beside it in the list entry, e.g. `expect` for sql. */
  readonly beside: z.ZodRawShape;
  /** Options when asked by default. */
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Looks, never changes. A wrong answer is `failed`, no answer `inconclusive`; what it throws is a defect of the probe. */
  ask(question: Question, stop: AbortSignal): Promise<Answer>;
  /** For probes of files: what runs beside the files, in the jail, when `ask` calls `service.files.read` (see `reading.ts`). Reads only. */
  readonly read?: (tree: TreeToRead, stop: AbortSignal) => Promise<void>;
}

/** A restored tree in the process that reads it. */
export interface TreeToRead {
  readonly root: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** One value of JSON to whoever asked; resolves when there is room for more. No names of files but as `pseudonym` needs them. */
  readonly say: (value: unknown) => Promise<void>;
}

export interface Question {
  readonly component: string;
  /** The probe's name in findings. */
  readonly name: string;
  readonly required: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  readonly service: RunningService;
  /** Undefined for a component without a backup of its own. */
  readonly point: RecoveryPoint | undefined;
  /** What the backup said of itself (`Restored.says`). */
  readonly says: Readonly<Record<string, unknown>>;
  readonly failureInstant: string;
  /** What this kind of probe saw in the last accepted drill of this component; undefined if there is none. */
  readonly baseline: Facts | undefined;
  readonly limitMs: number | null;
  /** Asked as one of the plan's workflows: findings are then `workflow.*`. */
  readonly workflow?: boolean;
  pseudonym(text: string): string;
  /** A secret that the question needs (an account that must be able to sign in). Rejects with an error that names the place alone. */
  secret(reference: SecretReference): Promise<string>;
}

export interface Answer {
  readonly findings: readonly Finding[];
  /** Kept beside the drill; becomes the baseline once the drill is accepted. */
  readonly facts?: Facts;
  /** Newest time stamp read from the restored data (ISO), for the recovery point age. */
  readonly newest?: { readonly at: string | null; readonly everyMs: number | null };
  /** Sentences of our catalogue: what this probe did not cover. */
  readonly limitations?: readonly string[];
}
