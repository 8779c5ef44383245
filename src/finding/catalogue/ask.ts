import type { CatalogueEntry } from './entry.ts';

/** What questions to a directory, a web server or an archive of images can find. */
export const askCodes = {
  'ldap.ok': { outcomes: ['passed'], sentence: 'The directory answered as expected ({observed} {unit}).' },
  'ldap.no-answer': { outcomes: ['inconclusive'], sentence: 'The directory gave no usable answer ({observed}).' },
  'ldap.error': { outcomes: ['failed'], sentence: 'The directory answered with an error of its own ({observed}).' },
  'ldap.too-slow': {
    outcomes: ['failed'],
    sentence: 'The directory answered rightly, but after {latencyMs} ms; people can wait {limitMs} ms.',
  },
  'ldap.too-few': {
    outcomes: ['failed'],
    sentence: 'The directory holds {observed} entries of the kind that was asked for; at least {expected} must be there.',
  },
  'ldap.entry-missing': { outcomes: ['failed'], sentence: 'An entry that the plan names is not in the directory.' },
  'ldap.attribute-missing': { outcomes: ['failed'], sentence: 'An entry that the plan names has no attribute {object}.' },
  'ldap.attribute-differs': {
    outcomes: ['failed'],
    sentence: 'An entry that the plan names has another value of {object} than it must have.',
  },
  'ldap.bind-refused': { outcomes: ['failed'], sentence: 'An account that the plan names cannot sign in with its password.' },
  'ldap.entries-missing': {
    outcomes: ['failed'],
    sentence: 'The backup holds {expected} entries; {observed} of them can be found in the restored directory.',
  },
  'ldap.fewer-entries': {
    outcomes: ['failed'],
    sentence: 'There are {observed} entries {object}; at the last accepted drill there were {expected}.',
  },
  'ldap.passwords-lost': {
    outcomes: ['failed'],
    sentence: '{observed} entries have a password; at the last accepted drill {expected} had one. Without it nobody can sign in.',
  },
  'ldap.no-passwords': {
    outcomes: ['failed'],
    sentence: 'Not one of {expected} accounts has a password: an export by somebody who may not read them looks like this.',
  },
} as const satisfies Record<string, CatalogueEntry>;
