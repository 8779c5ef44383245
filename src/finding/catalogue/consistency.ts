import type { CatalogueEntry } from './entry.ts';

/** Whether the components of a system fit together. `{object}` is the component whose rows were asked. */
export const consistencyCodes = {
  'consistency.ok': {
    outcomes: ['passed'],
    sentence: 'What {object} refers to is there in {component} ({observed} of {expected} {unit}).',
  },
  'consistency.digests-compared': {
    outcomes: ['passed'],
    sentence: 'Files of {component} were read and have the digests that {object} says ({observed} of {expected}).',
  },
  'consistency.missing': {
    outcomes: ['failed'],
    sentence: '{object} refers to {expected} {unit} in {component}, and only {observed} of them are there.',
  },
  'consistency.altered': { outcomes: ['failed'], sentence: '{observed} files of {component} have another digest than {object} says.' },
  'consistency.without-row': {
    outcomes: ['failed'],
    sentence: '{observed} files of {component} are unknown to {object}, more than {expected}.',
  },
  'consistency.beyond': {
    outcomes: ['failed'],
    sentence: '{component} is at position {observed}, beyond its partner at {expected}: they come from different moments.',
  },
  'consistency.not-askable': {
    outcomes: ['failed'],
    sentence: 'What {object} and {component} refer to cannot be asked: a table or column is missing or damaged ({observed}).',
  },
  'consistency.unread': {
    outcomes: ['inconclusive'],
    sentence: '{observed} files of {component} could not be held against the digests that {object} says.',
  },
  'consistency.nothing-referred': {
    outcomes: ['inconclusive'],
    sentence: '{object} refers to nothing, so it is not known whether {component} fits to it.',
  },
  'consistency.too-many': {
    outcomes: ['inconclusive'],
    sentence: '{object} refers to more than {expected} {unit}: they were not held against {component}.',
  },
  'consistency.no-answer': {
    outcomes: ['inconclusive'],
    sentence: 'It could not be found out whether {object} and {component} fit together ({observed}).',
  },
} as const satisfies Record<string, CatalogueEntry>;
