import type { BackupTool, Recognised, Restored, Staged, StoreAccess } from '../backup.ts';
import { treeByHand } from './by-hand.ts';
import { isAddress, unlessRefused } from '../recognising.ts';
import { saidOfFiles } from '../restored-files.ts';
import type { RestoreTarget } from '../target.ts';
import { restore as unpack } from './restore.ts';
import { fetch } from './tree-fetch.ts';
import { foldersIn } from './tree-folder.ts';
import { list } from './tree-list.ts';
import { options, readTreeOptions } from './tree-options.ts';

/** Folders of files as they are: by rsync, rsnapshot, cp, a NAS. Fetched as one archive, so that nothing of them is lost on the way. */
export const tree: BackupTool = {
  name: 'tree',
  summary: 'plain copies of files (rsync, rsnapshot, a NAS): dated folders, or one that is overwritten',
  traits: { spaceFactor: 1, restoresInto: 'files', engine: 'files' },
  programs: [{ file: 'tar', package: 'tar' }],
  options,
  reach: section => ({ paths: [readTreeOptions(section).from], network: false, secrets: {} }),
  list,
  fetch,
  restore,
  recognise,
  byHand: treeByHand,
};

async function restore(staged: Staged, target: RestoreTarget, stop: AbortSignal): Promise<Restored> {
  const restored = await unpack(staged, target, stop);
  const { digests } = staged.handle;
  return { ...restored, says: { files: { ...saidOfFiles(restored.says), digests: typeof digests === 'string' ? digests : null } } };
}

/** Dated folders alone tell a place of backups from any other folder. */
async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (isAddress(place)) return undefined;
  const { folders } = await foldersIn(place, stop).catch(() => ({ folders: [] }));
  if (folders.length === 0 || folders.some(({ key }) => key === '')) return undefined;
  const asked = { ...access, section: { ...access.section, options: { from: place } } };
  const listing = await unlessRefused(() => list(asked, stop), ['store-unreadable']);
  const newest = listing?.points[0];
  if (newest === undefined) return undefined;
  return {
    component: 'files',
    backup: { tool: 'tree', from: place, job: { every: '24h', grace: '3h' } },
    remarks: [
      `${folders.length} dated folders`,
      newest.consistentAt === null
        ? 'the newest does not say when it was made: let the job write a marker at its end (date -u +%FT%TZ > .done) and set marker: .done, or no RPO can be judged'
        : `the newest was made at ${newest.consistentAt}, by its name: check it, or set time:`,
      'job.every is a guess: say how often the job runs',
    ],
  };
}
