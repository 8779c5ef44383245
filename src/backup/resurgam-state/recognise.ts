import type { Recognised, StoreAccess } from '../backup.ts';
import { doubtsIn, isAddress, unlessRefused } from '../recognising.ts';
import { list } from './list.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no such backup there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (isAddress(place)) return undefined;
  const listing = await unlessRefused(
    () => list({ ...access, section: { ...access.section, options: { from: place } } }, stop),
    ['store-unreadable'],
  );
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  const bad = doubtsIn(listing);
  return {
    component: 'state',
    backup: { tool: 'resurgam-state', from: place, job: { every: '24h', grace: '3h' } },
    remarks: [
      `${listing.points.length} backups of Resurgam itself, the newest of ${newest.consistentAt ?? 'an unknown moment'}`,
      'job.every is a guess: say how often `resurgam state backup` runs',
      ...(newest.needs === null ? ['the newest is of an older release and cannot be drilled: make another one'] : []),
      ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${bad.join(', ')}`]),
    ],
  };
}
