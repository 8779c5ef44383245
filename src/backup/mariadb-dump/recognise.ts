import type { Recognised, RecoveryPoint, StoreAccess } from '../backup.ts';
import { folderOfLogs, sayLogs } from '../binlogs/folder.ts';
import { openPlace } from '../dump-files/store.ts';
import { credentialsFor, inMiB, listedAt, usualInterval, without } from '../dump-files/recognising.ts';
import { doubtsIn } from '../recognising.ts';
import { readHandle } from './handle.ts';
import { list } from './list.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no dump there, nor anything that should have been one. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  const given = { ...access.section.options, from: place };
  const listing = await listedAt(given, { access, list }, stop);
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  const interval = usualInterval(listing.points);
  const names = new Set(listing.points.map(point => readHandle(point.handle).database));
  const [only] = names;
  const bad = doubtsIn(listing);
  await using store = await openPlace(place, { ...access, section: { ...access.section, options: given } });
  const stems = new Set(listing.points.flatMap(point => readHandle(point.handle).place?.stem ?? []));
  const binlogs = await folderOfLogs(store, { place, stems, apart: new Set() }, stop);
  return {
    component: 'database',
    backup: {
      tool: 'mariadb-dump',
      from: place,
      ...without(given, 'from'),
      ...(binlogs === undefined ? {} : { binlogs }),
      ...credentialsFor(place, access),
      ...(names.size === 1 && typeof only === 'string' ? { database: only } : {}),
      ...(interval === undefined ? {} : { job: interval }),
    },
    remarks: [
      sizes(listing.points),
      newest.consistentAt === null
        ? 'the newest does not say when it was made: put the time into its name; without it no RPO can be judged'
        : `the newest was made at ${newest.consistentAt} (only declared: a dump says when it was finished, not when it was begun)`,
      listing.points.some(point => readHandle(point.handle).usersEntry !== null)
        ? 'accounts (mariadb-dump --system=users) lie beside the dumps'
        : 'no accounts found: add "mariadb-dump --system=users" to the job, or the restored database has no logins',
      interval === undefined
        ? 'too few dumps to see how often they are made: set job.every'
        : `a dump about every ${interval.every}: job.every is a guess from that`,
      stems.size === 0
        ? 'dumps do not say where binary logs lead on: add --master-data=2 to the job, if the server keeps any'
        : sayLogs(binlogs),
      ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${bad.join(', ')}`]),
    ],
  };
}

function sizes(points: readonly RecoveryPoint[]): string {
  const bytes = points.map(point => point.bytes);
  return `${points.length} dumps, ${inMiB(Math.min(...bytes))} to ${inMiB(Math.max(...bytes))}`;
}
