import { BackupError, type Listing, type Recognised, type StoreAccess } from '../backup.ts';
import { list } from './list.ts';
import { PASSPHRASE } from './options.ts';
import { lookAtPlace } from './segments.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no repository of borg there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (/^[a-z0-9]+:\/\//i.test(place) || !(await isRepository(place))) return undefined;
  const secret = access.env[PASSPHRASE] === undefined ? {} : { passphrase: { env: PASSPHRASE } };
  const asked = { ...access, section: { ...access.section, options: { repository: place, ...secret, rotation: 7 } } };
  const listing = await listed(asked, stop);
  const bad = (listing?.findings ?? [])
    .filter(found => found.outcome === 'failed' || found.outcome === 'inconclusive')
    .map(found => found.code);
  return {
    component: 'documents',
    backup: { tool: 'borg', repository: place, ...secret, job: { every: '24h', grace: '3h' } },
    remarks: [
      listing === undefined
        ? `a repository of borg; it was not opened: set ${PASSPHRASE}, or name the place of its passphrase and key in the plan`
        : `a repository of borg with ${listing.points.length} archives, the newest of ${listing.points[0]?.consistentAt ?? 'no moment'}`,
      'job.every is a guess: say how often the backup runs',
      'name the folders that each backup must have (paths: [/srv/documents])',
      ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${[...new Set(bad)].join(', ')}`]),
    ],
  };
}

async function isRepository(place: string): Promise<boolean> {
  try {
    return (await lookAtPlace(place)) === 'repository';
  } catch (error) {
    // A file, or nothing: another tool's.
    if (error instanceof BackupError) return false;
    throw error;
  }
}

/** Without the right passphrase it is still a repository. */
async function listed(access: StoreAccess, stop: AbortSignal): Promise<Listing | undefined> {
  try {
    return await list(access, stop);
  } catch (error) {
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}
