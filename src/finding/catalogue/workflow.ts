import type { CatalogueEntry } from './entry.ts';

/** What people could do with the restored system. */
export const workflowCodes = {
  'workflow.ok': { outcomes: ['passed'], sentence: 'People could do this with the restored system: {object}.' },
  'workflow.failed': {
    outcomes: ['failed'],
    sentence: 'People could not do this with the restored system: {object} (answer: {observed}).',
  },
  'workflow.sign-in-failed': {
    outcomes: ['failed'],
    sentence: 'People could not sign in to the restored system. Its owner: {object}; severity: {observed}.',
  },
  'workflow.too-slow': {
    outcomes: ['failed'],
    sentence: 'This took {latencyMs} ms with the restored system, more than the {limitMs} ms that people can wait: {object}.',
  },
  'workflow.no-answer': {
    outcomes: ['inconclusive'],
    sentence: 'It could not be found out whether people can do this: {object} ({observed}).',
  },
} as const satisfies Record<string, CatalogueEntry>;
