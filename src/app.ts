import type { z } from 'zod';
import type { BackupTool, StoreAccess } from './backup/backup.ts';
import type { DrillTools } from './drill/tools.ts';
import type { DrillEvents } from './drill-events.ts';
import type { SecretReference } from './plan/plan.ts';
import type { Vocabulary } from './plan/vocabulary.ts';
import type { PlanFiles } from './plan/read.ts';
import type { Reaped } from './sandbox/reap.ts';
import type { Home } from './store/home.ts';

export interface DrillSetting {
  readonly client: string;
  readonly timeZone: string;
  readonly domain: string;
  readonly events: DrillEvents;
  explain(message: string, hint: string | null): void;
}

/** What the commands work with: the one value that `compose` makes. Nothing is opened before it is used. */
export interface App {
  readonly version: string;
  readonly stop: AbortSignal;
  readonly homePath: string;
  readonly plansFolder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly vocabulary: Vocabulary;
  readonly planFiles: PlanFiles;
  readonly backupTools: readonly BackupTool[];
  /** Opens (and at first use makes) `RESURGAM_HOME`. Rejects with StoreError when it cannot be written. */
  home(): Promise<Home>;
  drillTools(setting: DrillSetting): Promise<DrillTools>;
  /** What `init` needs to look at a place outside any plan. */
  storeAccess(options: Readonly<Record<string, unknown>>): StoreAccess;
  secret(reference: SecretReference): Promise<string>;
  /** Takes away what dead processes left of their sandboxes. */
  reap(): Promise<readonly Reaped[]>;
  readonly template: (name: string) => Promise<string>;
  readonly now: () => string;
}

export type JsonSchema = z.core.JSONSchema.BaseSchema;
