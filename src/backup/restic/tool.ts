import { moveTree } from '../../system/move-tree.ts';
import type { BackupTool } from '../backup.ts';
import { takeOver } from '../take-over.ts';
import { byHand } from './by-hand.ts';
import { fetch, TREE } from './fetch.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { options, PASSWORD, reach } from './options.ts';
import { readPart } from './read-part.ts';
import { recognise } from './recognise.ts';
import { RESTIC } from './run.ts';

/** Snapshots of files in a repository of restic. */
export const restic: BackupTool = {
  name: 'restic',
  summary: 'snapshots of restic, in a folder or on a storage that restic reaches',
  // What is restored is moved, not copied; beside it there is what restic keeps of a remote repository.
  traits: { spaceFactor: 0.2, restoresInto: 'files', engine: 'files' },
  programs: [RESTIC],
  environment: [PASSWORD],
  options,
  reach,
  list,
  inspect,
  fetch,
  readPart,
  restore: (staged, target) => takeOver(staged, target, { tool: 'restic', tree: TREE, move: moveTree }),
  recognise,
  byHand,
};
