import type { CatalogueEntry } from './entry.ts';

/** What questions to the restored system can find. */
export const probeCodes = {
  'integrity.ok': { outcomes: ['passed'], sentence: 'Every table and every index was read and found sound.' },
} as const satisfies Record<string, CatalogueEntry>;
