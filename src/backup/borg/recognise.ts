import type { Recognised, StoreAccess } from '../backup.ts';
import { doubtsIn, isAddress, unlessRefused } from '../recognising.ts';
import { list } from './list.ts';
import { PASSPHRASE } from './options.ts';
import { lookAtPlace } from './segments.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no repository of borg there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (isAddress(place) || !(await isRepository(place))) return undefined;
  const secret = access.env[PASSPHRASE] === undefined ? {} : { passphrase: { env: PASSPHRASE } };
  const asked = { ...access, section: { ...access.section, options: { repository: place, ...secret, rotation: 7 } } };
  const listing = await unlessRefused(() => list(asked, stop));
  const bad = listing === undefined ? [] : doubtsIn(listing);
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

/** A file, or nothing, is another tool's. */
async function isRepository(place: string): Promise<boolean> {
  return (await unlessRefused(() => lookAtPlace(place))) === 'repository';
}
