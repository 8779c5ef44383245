import { askCodes } from './catalogue/ask.ts';
import { backupCodes } from './catalogue/backup.ts';
import { consistencyCodes } from './catalogue/consistency.ts';
import { drillCodes } from './catalogue/drill.ts';
import { probeCodes } from './catalogue/probe.ts';
import { restoreCodes } from './catalogue/restore.ts';
import { sandboxCodes } from './catalogue/sandbox.ts';
import { workflowCodes } from './catalogue/workflow.ts';
import type { CatalogueEntry } from './catalogue/entry.ts';

/** Every finding code there is. A code that can be anything but passed has its page `runbooks/response/<code>.md`. */
export const catalogue = {
  ...backupCodes,
  ...sandboxCodes,
  ...drillCodes,
  ...restoreCodes,
  ...probeCodes,
  ...workflowCodes,
  ...askCodes,
  ...consistencyCodes,
} satisfies Record<string, CatalogueEntry>;

export type FindingCode = keyof typeof catalogue;
