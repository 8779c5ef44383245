import type { CatalogueEntry } from './entry.ts';

/** What the look at a backup store and the cheap checks before a restore can find. */
export const backupCodes = {
  'select.no-recovery-point': { outcomes: ['failed'], sentence: 'There is no usable backup to restore.' },
  'select.store-unreadable': {
    outcomes: ['inconclusive'],
    sentence: 'The place where the backups are kept could not be read, so nothing can be said about them.',
  },
  'backup.ok': { outcomes: ['passed'], sentence: 'The backup file is whole, by its own marks.' },
} as const satisfies Record<string, CatalogueEntry>;
