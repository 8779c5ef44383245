import type { z } from 'zod';
import type { BackupSection, Component } from './plan.ts';
import type { Remark } from './remark.ts';

/** What the adapters add to the language of plans. BackupTool, ProbeKind and Service have this shape; plan/ never looks downstream at them. */
export interface Vocabulary {
  readonly backupTools: readonly BackupToolWords[];
  readonly probes: readonly ProbeWords[];
  readonly services: readonly ServiceWords[];
  /** Kinds of sandbox. */
  readonly sandboxes: readonly string[];
}

export interface BackupToolWords {
  readonly name: string;
  /** The tool's own keys beside `tool`, `job`, `size`, `copies`, `encrypted`. */
  readonly options: z.ZodRawShape;
  readonly traits: ToolTraits;
  /** As one plan uses it. */
  traitsFor?(section: BackupSection): ToolTraits;
}

interface ToolTraits {
  readonly engine: string;
  readonly reachesMoments?: boolean;
}

export interface ProbeWords {
  readonly kind: string;
  /** The value under the kind's key. */
  readonly value: z.ZodType<Record<string, unknown>>;
  /** Keys beside it, besides `name`, `required`, `within`. */
  readonly beside: z.ZodRawShape;
  /** Engines of which it can be asked. */
  readonly asks: readonly string[];
}

export interface ServiceWords {
  readonly engine: string;
  /** The engine's own keys beside `engine` and `version`. */
  readonly options: z.ZodRawShape;
  /** It also runs without files of its own. */
  readonly withoutBackup?: boolean;
  /** What is wrong with a component's `service:` beyond the shape of its keys; paths begin there. */
  remarks?(component: Component): readonly Remark[];
}
