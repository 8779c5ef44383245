import type { CatalogueEntry } from './entry.ts';

/** What making, limiting, isolating and destroying a sandbox can find; and how a drill itself can break. */
export const sandboxCodes = {
  'isolation.proved': {
    outcomes: ['passed'],
    sentence: 'The sandbox tried to reach the network, this machine and its files, and found nothing.',
  },
  'drill.stopped': { outcomes: ['inconclusive'], sentence: 'The drill was stopped by a person before it could conclude.' },
  'drill.time-limit': { outcomes: ['inconclusive'], sentence: 'The drill reached its time limit before it could conclude.' },
  'drill.worker-lost': {
    outcomes: ['inconclusive'],
    sentence: 'The process that ran this drill ended unexpectedly; the drill could not conclude.',
  },
  'drill.broke': {
    outcomes: ['inconclusive'],
    sentence: 'Resurgam itself could not go on with this drill; nothing is said about the backup.',
  },
} as const satisfies Record<string, CatalogueEntry>;
