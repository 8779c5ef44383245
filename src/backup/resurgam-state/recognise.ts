import { BackupError, type Listing, type Recognised, type StoreAccess } from '../backup.ts';
import { list } from './list.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no such backup there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  if (/^[a-z0-9]+:\/\//i.test(place)) return undefined;
  const listing = await listed({ ...access, section: { ...access.section, options: { from: place } } }, stop);
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  const bad = listing.findings.filter(found => found.outcome === 'failed' || found.outcome === 'inconclusive').map(found => found.code);
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

/** A place that cannot be looked at may be another tool's. */
async function listed(access: StoreAccess, stop: AbortSignal): Promise<Listing | undefined> {
  try {
    return await list(access, stop);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'store-unreadable') return undefined;
    throw error;
  }
}
