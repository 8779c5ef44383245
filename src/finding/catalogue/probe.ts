import type { CatalogueEntry } from './entry.ts';

/** What questions to the restored system can find. */
export const probeCodes = {
  'integrity.ok': {
    outcomes: ['passed'],
    sentence: 'Every table and every index was read and found sound ({observed} of {expected} {unit}).',
  },
  'integrity.constraints-hold': {
    outcomes: ['passed'],
    sentence:
      'All {observed} rules that the database promises about its own data (keys, references, checks) were tried against every row and hold.',
  },
  'integrity.table-unreadable': {
    outcomes: ['failed'],
    sentence: 'The table {object} cannot be read in full: its stored pages are damaged.',
  },
  'integrity.index-corrupt': {
    outcomes: ['failed'],
    sentence: 'The index {object} does not agree with its table: searches would miss rows.',
  },
  'integrity.index-invalid': {
    outcomes: ['failed'],
    sentence: 'The index {object} is not in working order, so it is not used or not kept up to date.',
  },
  'integrity.index-sorted-elsewhere': {
    outcomes: ['inconclusive'],
    sentence:
      'The index {object} is out of order by the sort order of this machine, which is of another version than in the source; whether it is sound there cannot be told here.',
  },
  'integrity.index-not-checked': {
    outcomes: ['inconclusive'],
    sentence: 'The index {object} could not be compared with its table, because computing its entries ended with error {observed}.',
  },
  'integrity.foreign-key-broken': {
    outcomes: ['failed'],
    sentence: '{observed} rows refer to something that is not there, against the rule {object}.',
  },
  'integrity.duplicates': {
    outcomes: ['failed'],
    sentence: '{observed} keys occur more than once, although {object} promises that each is unique.',
  },
  'integrity.check-violated': { outcomes: ['failed'], sentence: '{observed} rows break the rule {object}.' },
  'integrity.constraint-not-checked': {
    outcomes: ['inconclusive'],
    sentence: 'The rule {object} could not be tried against the rows: the attempt ended with error {observed}.',
  },
  'integrity.constraint-not-valid': {
    outcomes: ['skipped'],
    sentence: '{observed} rules were never enforced for old rows in the source either (NOT VALID), so they were not tried.',
  },
  'integrity.checksum-failure': { outcomes: ['failed'], sentence: '{observed} stored pages do not match their checksums.' },
  'integrity.structure-broken': {
    outcomes: ['failed'],
    sentence: 'The file of the database contradicts itself in {observed} places: it has pages that belong to nothing, or to two things.',
  },
  'integrity.amcheck-missing': {
    outcomes: ['inconclusive'],
    sentence: 'The indexes could not be compared with their tables, because the server has no trustworthy extension amcheck.',
  },
  'integrity.nothing-read': {
    outcomes: ['inconclusive'],
    sentence: 'There was no table to read, so nothing can be said about its soundness.',
  },
  'integrity.no-answer': {
    outcomes: ['inconclusive'],
    sentence: 'The soundness of the data could not be examined to the end ({observed}).',
  },
  'integrity.more': { outcomes: ['failed'], sentence: '{observed} more findings of the kind {object} are not listed one by one.' },

  'inventory.ok': { outcomes: ['passed'], sentence: 'Everything that was expected came back: {observed} {unit}.' },
  'inventory.rows-ok': { outcomes: ['passed'], sentence: 'Every table was counted: {observed} rows came back.' },
  'inventory.partitions-gone': {
    outcomes: ['passed'],
    sentence:
      '{observed} partitions of the last accepted drill are gone, as when old periods are let go; their tables were compared as a whole.',
  },
  'inventory.no-rows': { outcomes: ['failed'], sentence: 'The restored database has its tables, but not a single row in any of them.' },
  'inventory.empty': { outcomes: ['failed'], sentence: 'The restored database holds no table at all.' },
  'inventory.other-database': {
    outcomes: ['failed'],
    sentence: 'This is not the database that was restored last time: {observed} of {expected} tables differ from it.',
  },
  'inventory.object-missing': {
    outcomes: ['failed'],
    sentence: 'The {unit} {object} was there at the last accepted drill and is missing now.',
  },
  'inventory.table-missing': {
    outcomes: ['failed'],
    sentence: 'The backup lists the table {object}, but it is not in the restored database.',
  },
  'inventory.data-left-out': {
    outcomes: ['failed'],
    sentence: 'The backup makes the table {object} but holds no data for it: its rows were left out when the backup was made.',
  },
  'inventory.rows-fewer-than-dump': {
    outcomes: ['failed'],
    sentence: 'The table {object} holds {observed} rows; the backup itself holds {expected}.',
  },
  'inventory.rows-missing': {
    outcomes: ['failed'],
    sentence: 'The table {object} holds {observed} rows; at the last accepted drill it held {expected}.',
  },
  'inventory.grants-missing': {
    outcomes: ['failed'],
    sentence: '{observed} of {expected} {unit} of the last accepted drill are gone: people or programs would be locked out.',
  },
  'inventory.sequence-behind': {
    outcomes: ['failed'],
    sentence: 'The number generator {object} is behind the numbers already in use, so new entries would collide.',
  },
  'inventory.large-objects-missing': {
    outcomes: ['failed'],
    sentence: '{observed} large objects (stored documents) came back where {expected} were expected.',
  },
  'inventory.settings-missing': {
    outcomes: ['failed'],
    sentence: '{observed} of {expected} settings of the database or its roles came back.',
  },
  'inventory.view-not-filled': {
    outcomes: ['failed'],
    sentence: 'The stored view {object} was filled at the last accepted drill and is empty of any result now.',
  },
  'inventory.definition-changed': {
    outcomes: ['passed'],
    sentence: '{observed} definitions of kind {unit} differ from the last accepted drill, as after a change of the application.',
  },
  'inventory.collation-version-differs': {
    outcomes: ['failed'],
    sentence: 'The collation {object} is of another version here than the one the data were sorted by, so indexes on text may be wrong.',
  },
  'inventory.view-unusable': {
    outcomes: ['failed'],
    sentence: 'The view {object} came back but cannot be used: asking it ends with {observed}.',
  },
  'inventory.definer-missing': {
    outcomes: ['failed'],
    sentence: '{observed} {unit} (first {object}) run as an account that is not there, so they fail when they are used.',
  },
  'inventory.text-narrowed': {
    outcomes: ['failed'],
    sentence:
      'In {object} {observed} values hold characters of four bytes, such as emoji; at the last accepted drill {expected} did. They were replaced when the backup was made.',
  },
  'inventory.times-shifted': {
    outcomes: ['failed'],
    sentence: 'The times of {observed} columns (first {object}) all differ by {expected} seconds from those of the last accepted drill.',
  },
  'inventory.charset-too-small': {
    outcomes: ['failed'],
    sentence: 'The backup was written in the character set {observed}, which cannot hold every character that the tables can.',
  },
  'inventory.time-zone-unsaid': {
    outcomes: ['failed'],
    sentence: 'The backup does not say in which time zone its times are, so they move when it is restored in another one.',
  },
  'inventory.more': { outcomes: ['failed'], sentence: '{observed} more findings of the kind {object} are not listed one by one.' },
  'inventory.no-answer': { outcomes: ['inconclusive'], sentence: 'What the database holds could not be counted to the end ({observed}).' },

  'freshness.ok': { outcomes: ['passed'], sentence: 'The newest entry in the restored data is of {observed}.' },
  'freshness.data-older-than-point': {
    outcomes: ['failed'],
    sentence: 'The newest entry is of {observed}, but a backup of that moment must hold entries not older than {expected}.',
  },
  'freshness.newest-row-missing': {
    outcomes: ['failed'],
    sentence: 'When the backup was made the source held an entry of {expected}; the newest that came back is of {observed}.',
  },
  'freshness.went-backwards': {
    outcomes: ['failed'],
    sentence: 'The newest entry is of {observed}, older than the {expected} that an earlier backup already held.',
  },
  'freshness.clock-disagrees': {
    outcomes: ['inconclusive'],
    sentence: 'The newest entry is of {observed}, later than the moment of the simulated loss ({expected}): a clock is wrong.',
  },
  'freshness.no-answer': { outcomes: ['inconclusive'], sentence: 'The newest entry could not be read ({observed}).' },

  'sql.ok': { outcomes: ['passed'], sentence: 'The restored system answered a question of the plan as expected.' },
  'sql.unexpected': { outcomes: ['failed'], sentence: 'The restored system answered {observed} where the plan expects {expected}.' },
  'sql.object-missing': {
    outcomes: ['failed'],
    sentence: 'A table, column or function that the plan asks for is not in the restored system (error {observed}).',
  },
  'sql.error': { outcomes: ['failed'], sentence: 'The restored system answered a question of the plan with error {observed}.' },
  'sql.too-slow': { outcomes: ['failed'], sentence: 'The restored system answered after {latencyMs} ms; the plan allows {limitMs} ms.' },
  'sql.no-answer': { outcomes: ['inconclusive'], sentence: 'A question of the plan could not be asked ({observed}).' },

  'files.ok': { outcomes: ['passed'], sentence: '{observed} files came back, as many as were to be expected.' },
  'files.read': { outcomes: ['passed'], sentence: '{observed} of {expected} restored files were read to their end.' },
  'files.as-listed': {
    outcomes: ['passed'],
    sentence: 'Every file of a list of {expected} is there; the contents of {observed} were compared with it and agree.',
  },
  'files.none': { outcomes: ['failed'], sentence: 'Not a single file came back.' },
  'files.too-few': { outcomes: ['failed'], sentence: '{observed} files came back; the plan expects at least {expected}.' },
  'files.too-small': {
    outcomes: ['failed'],
    sentence: 'The files that came back have {observed} bytes; the plan expects at least {expected}.',
  },
  'files.fewer-than-backup': {
    outcomes: ['failed'],
    sentence: '{observed} {unit} came back; the backup itself says that it holds {expected}.',
  },
  'files.list-missing': {
    outcomes: ['failed'],
    sentence: 'The list of digests that the files were to be compared with is not among them, or is none.',
  },
  'files.missing': { outcomes: ['failed'], sentence: '{observed} of the {expected} files that a list names did not come back.' },
  'files.differ': {
    outcomes: ['failed'],
    sentence: '{observed} of {expected} files are not those of the list: their contents have changed.',
  },
  'files.forbidden': {
    outcomes: ['failed'],
    sentence: '{observed} restored files are ones that the plan forbids by their digests, such as known malware.',
  },
  'files.fewer': { outcomes: ['failed'], sentence: '{observed} files came back; at the last accepted drill there were {expected}.' },
  'files.fewer-bytes': {
    outcomes: ['failed'],
    sentence: 'The files that came back have {observed} bytes; at the last accepted drill they had {expected}.',
  },
  'files.gone': {
    outcomes: ['failed'],
    sentence: 'Of {expected} files of the last accepted drill that were looked for, {observed} are gone.',
  },
  'files.altered': {
    outcomes: ['failed'],
    sentence:
      'Of {expected} files of the last accepted drill that were read again, {observed} have other contents now; the plan allows fewer.',
  },
  'files.look-encrypted': {
    outcomes: ['failed'],
    sentence:
      'Of {expected} files that were read again, {observed} had orderly contents at the last accepted drill and look encrypted now.',
  },
  'files.folders-gone': {
    outcomes: ['failed'],
    sentence: '{observed} of the {expected} large folders of the last accepted drill are gone or hold no files any more.',
  },
  'files.attributes-lost': {
    outcomes: ['failed'],
    sentence:
      '{observed} files have extended attributes or access lists where {expected} had some: who may read them would have to be set anew.',
  },
  'files.modes-lost': {
    outcomes: ['failed'],
    sentence: 'No file may be run as a program any more, where {expected} could be at the last accepted drill.',
  },
  'files.holes-filled': {
    outcomes: ['failed'],
    sentence: 'Files with holes came back filled: they take {observed} bytes on disk, and took {expected} at the last accepted drill.',
  },
  'files.unreadable': { outcomes: ['failed'], sentence: '{observed} restored files or folders cannot be read, as they came back.' },
  'files.links-dangling': { outcomes: ['failed'], sentence: '{observed} links lead to something that did not come back.' },
  'files.links-outside': { outcomes: ['failed'], sentence: '{observed} links lead out of what was restored.' },
  'files.no-answer': { outcomes: ['inconclusive'], sentence: 'The restored files could not be examined to the end ({observed}).' },

  'format.ok': { outcomes: ['passed'], sentence: '{observed} of {expected} {unit} could be read as what they are.' },
  'format.no-files': { outcomes: ['failed'], sentence: 'Not a single one of the {unit} that the plan means came back.' },
  'format.broken': {
    outcomes: ['failed'],
    sentence: 'Only {observed} of {expected} {unit} could be read as what they should be.',
  },
  'format.look-encrypted': {
    outcomes: ['failed'],
    sentence: 'The {unit} look encrypted: their bytes hold {observed} bits each; at the last accepted drill it was {expected}.',
  },
  'format.no-answer': { outcomes: ['inconclusive'], sentence: 'Files could not be read as their format to the end ({observed}).' },

  'objective.rto-missed': { outcomes: ['failed'], sentence: 'The recovery would take longer than the objective allows.' },
  'objective.rpo-missed': { outcomes: ['failed'], sentence: 'More recent data would be lost than the objective allows.' },
  'objective.rto-not-tested': { outcomes: ['inconclusive'], sentence: 'There is no recovery time to hold against the objective.' },
  'objective.rpo-not-tested': {
    outcomes: ['inconclusive'],
    sentence: 'There is no age of the recovered data to hold against the objective.',
  },
  'verdict.nothing-required': {
    outcomes: ['inconclusive'],
    sentence: 'The plan requires nothing of the restored system, so it cannot pass.',
  },
  'verdict.destruction-not-verified': {
    outcomes: ['inconclusive'],
    sentence: 'It was not verified that the sandbox is gone, so the drill cannot count as passed.',
  },
} as const satisfies Record<string, CatalogueEntry>;
