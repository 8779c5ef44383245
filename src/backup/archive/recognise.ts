import type { Recognised, StoreAccess } from '../backup.ts';
import { doubtsIn, isAddress, unlessRefused } from '../recognising.ts';
import { list } from './list.ts';
import { readHandle } from './point.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no archive there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (isAddress(place)) return undefined;
  const listing = await unlessRefused(
    () => list({ ...access, section: { ...access.section, options: { from: place } } }, stop),
    ['store-unreadable'],
  );
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  const kinds = new Set(
    listing.points
      .map(({ handle }) => readHandle(handle))
      .map(({ format, wrapping }) => (wrapping === 'none' ? format : `${format} in ${wrapping}`)),
  );
  const bad = doubtsIn(listing);
  return {
    component: 'files',
    backup: { tool: 'archive', from: place, job: { every: '24h', grace: '3h' } },
    remarks: [
      `${listing.points.length} archives (${[...kinds].join(', ')})`,
      newest.consistentAt === null
        ? 'the newest does not say when it was made: put a time into its name (files-20261127T0200Z.tar.gz), or no RPO can be judged'
        : `the newest was made at ${newest.consistentAt}, by its name: check it, or set time:`,
      'job.every is a guess: say how often the job runs',
      ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${bad.join(', ')}`]),
    ],
  };
}
