import { moveTree } from '../../system/move-tree.ts';
import type { BackupTool } from '../backup.ts';
import { takeOver } from '../take-over.ts';
import { byHand } from './by-hand.ts';
import { fetch, TREE } from './fetch.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { options, PASSPHRASE, reach } from './options.ts';
import { readPart } from './read-part.ts';
import { recognise } from './recognise.ts';
import { BORG } from './run.ts';

/** Archives of files in a repository of borg. */
export const borg: BackupTool = {
  name: 'borg',
  summary: 'archives of borg, in a repository in a folder',
  // What is restored is moved, not copied; beside it there is what borg remembers of the repository.
  traits: { spaceFactor: 0.2, restoresInto: 'files', engine: 'files' },
  programs: [BORG],
  environment: [PASSPHRASE],
  options,
  reach,
  list,
  inspect,
  fetch,
  readPart,
  restore: (staged, target) => takeOver(staged, target, { tool: 'borg', tree: TREE, move: moveTree }),
  recognise,
  byHand,
};
