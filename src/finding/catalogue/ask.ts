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
  'http.ok': { outcomes: ['passed'], sentence: 'The application answered as expected.' },
  'http.no-answer': { outcomes: ['inconclusive'], sentence: 'The application gave no answer that came to its end ({observed}).' },
  'http.status': { outcomes: ['failed'], sentence: 'The application answered with status {observed}; {expected} was expected.' },
  'http.content': { outcomes: ['failed'], sentence: 'The application answered, but not with what must be in its answer ({object}).' },
  'http.too-slow': {
    outcomes: ['failed'],
    sentence: 'The application answered rightly, but after {latencyMs} ms; people can wait {limitMs} ms.',
  },
  'dicom.ok': { outcomes: ['passed'], sentence: 'The archive answers a workstation, with {observed} {unit}.' },
  'dicom.no-answer': { outcomes: ['inconclusive'], sentence: 'The archive could not be asked to the end ({observed}).' },
  'dicom.no-echo': { outcomes: ['failed'], sentence: 'The archive does not answer a workstation, although its server runs.' },
  'dicom.too-slow': {
    outcomes: ['failed'],
    sentence: 'The archive answered rightly, but after {latencyMs} ms; people can wait {limitMs} ms.',
  },
  'dicom.empty': { outcomes: ['failed'], sentence: 'The archive answers a workstation, but holds no {unit}.' },
  'dicom.too-few': { outcomes: ['failed'], sentence: 'The archive holds {observed} studies; at least {expected} must be there.' },
  'dicom.fewer': { outcomes: ['failed'], sentence: 'The archive holds {observed} {unit}; at the last accepted drill it held {expected}.' },
  'dicom.images-verified': {
    outcomes: ['passed'],
    sentence: 'The files of {observed} of the {expected} images were read and are as the index says.',
  },
  'dicom.images-missing': {
    outcomes: ['failed'],
    sentence: '{observed} of {expected} images that were looked for are in the index of the archive, but their files are not there.',
  },
  'dicom.images-altered': {
    outcomes: ['failed'],
    sentence: '{observed} of {expected} images that were read are not what was stored once: their files have changed.',
  },
  'dicom.images-unverified': {
    outcomes: ['inconclusive'],
    sentence: '{observed} of {expected} images that were looked for could not be compared with the index of the archive.',
  },
  'dicom.images-undecodable': {
    outcomes: ['failed'],
    sentence: '{observed} of {expected} images that were tried cannot be made a picture of.',
  },
  'dicom.images-untold': { outcomes: ['skipped'], sentence: 'Of {observed} images nothing can be said here: no program knows their kind.' },
  'dicom.fetch-incomplete': {
    outcomes: ['inconclusive'],
    sentence: 'Of a study with {expected} images {observed} came to a workstation that takes them without compression.',
  },
} as const satisfies Record<string, CatalogueEntry>;
