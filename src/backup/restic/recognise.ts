import { BackupError, type Listing, type Recognised, type StoreAccess } from '../backup.ts';
import { list } from './list.ts';
import { isFolder, PASSWORD } from './options.ts';
import { lookAtPlace } from './place.ts';

const WHERE = { env: PASSWORD };

/** Looks at a place and says what a plan for it would be. Undefined: no repository of restic there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (/^[a-z0-9]+:\/\//i.test(place)) return undefined;
  const options = { repository: place, password: WHERE, rotation: 7 };
  const asked = { ...access, section: { ...access.section, options } };
  if (!isFolder(place) || !(await isRepository(asked))) return undefined;
  const listing = access.env[PASSWORD] === undefined ? undefined : await listed(asked, stop);
  const bad = (listing?.findings ?? [])
    .filter(found => found.outcome === 'failed' || found.outcome === 'inconclusive')
    .map(found => found.code);
  return {
    component: 'documents',
    backup: { tool: 'restic', repository: place, password: WHERE, job: { every: '24h', grace: '3h' } },
    remarks: [
      listing === undefined
        ? `a repository of restic; it was not opened: the password is looked for in the variable ${PASSWORD}`
        : `a repository of restic with ${listing.points.length} snapshots, the newest of ${listing.points[0]?.consistentAt ?? 'no moment'}`,
      'job.every is a guess: say how often the backup runs',
      'name the folders that each backup must have (paths: [/srv/documents]): one that was not there is left out silently',
      ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${[...new Set(bad)].join(', ')}`]),
    ],
  };
}

async function isRepository(access: StoreAccess): Promise<boolean> {
  try {
    return ['repository', 'without-keys', 'incomplete'].includes(await lookAtPlace(access));
  } catch (error) {
    // A file, or nothing: another tool's.
    if (error instanceof BackupError) return false;
    throw error;
  }
}

/** Without the right password it is still a repository. */
async function listed(access: StoreAccess, stop: AbortSignal): Promise<Listing | undefined> {
  try {
    return await list(access, stop);
  } catch (error) {
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}
