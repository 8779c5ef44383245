import type { Recognised, StoreAccess } from '../backup.ts';
import { doubtsIn, isAddress, unlessRefused } from '../recognising.ts';
import { list } from './list.ts';
import { isFolder, PASSWORD } from './options.ts';
import { lookAtPlace } from './place.ts';

const WHERE = { env: PASSWORD };

/** Looks at a place and says what a plan for it would be. Undefined: no repository of restic there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (isAddress(place)) return undefined;
  const options = { repository: place, password: WHERE, rotation: 7 };
  const asked = { ...access, section: { ...access.section, options } };
  if (!isFolder(place) || !(await isRepository(asked, stop))) return undefined;
  const listing = access.env[PASSWORD] === undefined ? undefined : await unlessRefused(() => list(asked, stop));
  const bad = listing === undefined ? [] : doubtsIn(listing);
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

/** A file, or nothing, is another tool's. */
async function isRepository(access: StoreAccess, stop: AbortSignal): Promise<boolean> {
  const seen = await unlessRefused(() => lookAtPlace(access, stop));
  return seen !== undefined && ['repository', 'without-keys', 'incomplete'].includes(seen);
}
