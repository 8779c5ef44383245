import type { Recognised, StoreAccess } from '../backup.ts';
import { credentialsFor, inMiB, listedAt, usualInterval, without } from '../dump-files/recognising.ts';
import { doubtsIn } from '../recognising.ts';
import { readHandle } from './handle.ts';
import { list } from './list.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no database there. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  const given = { ...access.section.options, from: place };
  const listing = await listedAt(given, { access, list }, stop);
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  const interval = usualInterval(listing.points);
  const handles = listing.points.map(({ handle }) => readHandle(handle));
  const [application, ...others] = new Set(handles.map(({ header }) => header.applicationId));
  const bytes = listing.points.map(point => point.bytes);
  const bad = doubtsIn(listing);
  return {
    component: 'database',
    backup: {
      tool: 'sqlite',
      from: place,
      ...without(given, 'from'),
      ...credentialsFor(place, access),
      ...(application === undefined || application === 0 || others.length > 0 ? {} : { applicationId: application }),
      ...(handles.every(({ wal }) => wal !== null) ? { wal: 'required' } : {}),
      ...(interval === undefined ? {} : { job: interval }),
    },
    remarks: [
      `${listing.points.length} SQLite databases, ${inMiB(Math.min(...bytes))} to ${inMiB(Math.max(...bytes))}`,
      newest.consistentAt === null
        ? 'the newest does not say when it was made: put the time into its name; without it no RPO can be judged'
        : `the newest was made at ${newest.consistentAt}, by its name or a manifest`,
      ...(handles.some(({ wal, journal }) => wal !== null || journal !== null)
        ? ['copies of a database in use are whole only by luck: let the job use `.backup` or `vacuum into`']
        : []),
      interval === undefined
        ? 'too few copies to see how often they are made: set job.every'
        : `a copy about every ${interval.every}: job.every is a guess from that`,
      ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${bad.join(', ')}`]),
    ],
  };
}
