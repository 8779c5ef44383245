import type { CatalogueEntry } from './entry.ts';

/** What restoring a recovery point and starting the service over it can find. */
export const restoreCodes = {
  'restore.ok': { outcomes: ['passed'], sentence: 'Everything in the backup was restored without an error.' },
} as const satisfies Record<string, CatalogueEntry>;
