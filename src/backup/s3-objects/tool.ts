import { moveTree } from '../../system/move-tree.ts';
import type { BackupTool, Restored, Staged } from '../backup.ts';
import { reachOf } from '../dump-files/place-options.ts';
import { takeOver } from '../take-over.ts';
import { byHand } from './by-hand.ts';
import { fetch, TREE } from './fetch.ts';
import { list } from './list.ts';
import { options, readOptions } from './options.ts';
import type { RestoreTarget } from '../target.ts';
import { recognise } from './recognise.ts';

/** A bucket as the backup: every object becomes a file again. */
export const s3Objects: BackupTool = {
  name: 's3-objects',
  summary: 'the objects of an S3 bucket or prefix, also as they were at an earlier moment',
  traits: { spaceFactor: 1, restoresInto: 'files', engine: 'files' },
  options,
  reach: section => reachOf([readOptions(section).from], readOptions(section)),
  list,
  fetch,
  restore,
  recognise,
  byHand,
};

/** What lacks objects that sleep in an archive class can be asked nothing: whatever is missing may be among them. */
async function restore(staged: Staged, target: RestoreTarget): Promise<Restored> {
  const { asleep, ...handle } = staged.handle;
  const come = await takeOver({ ...staged, handle }, target, { tool: 's3-objects', tree: TREE, move: moveTree });
  return asleep === 0 ? come : { ...come, findings: [], usable: false };
}
