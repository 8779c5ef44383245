/** What this probe did not cover, as sentences of a record. */
export const limitations = {
  quick: 'Integrity was examined by structure only (quick): values, references and uniqueness were not tried.',
  'no-verify-heapam': 'This server version cannot examine the structure of table pages; every row was read instead.',
  'heap-not-verified':
    'The structure of table pages was not examined, because the server lacks the extension amcheck; every row was read instead.',
  'checksums-off': 'The server keeps no page checksums, so a silently changed byte on its disk could not show.',
  'other-index-kinds': 'Indexes of other kinds than B-tree were not compared with their tables.',
  'own-operators': 'Some unique indexes sort by operators of their own; their uniqueness was not tried by reading.',
  'exclusion-constraints': 'Exclusion constraints and keys without overlaps were not tried against the rows.',
  'domain-not-valid': 'Domains with rules that were never enforced for old rows were not tried.',
  'older-pages':
    'Pages of an older moment in a table file that is sound otherwise show only where an index or a reference contradicts them, or a question of the plan.',
  'references-not-compared':
    'Some rows refer to something that is not there; SQLite lets applications do that, and there is no earlier accepted drill to compare with.',
} as const;

export type IntegrityLimitation = keyof typeof limitations;
