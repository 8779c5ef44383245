import { basename } from 'node:path/posix';
import type { Listing, Recognised, RecoveryPoint, StoreAccess } from '../backup.ts';
import { credentialsFor, inMiB, listedAt, usualInterval, without, type Interval } from '../dump-files/recognising.ts';
import { doubtsIn } from '../recognising.ts';
import { list } from './list.ts';
import { readPointHandle } from './point.ts';

/** Looks at a place and says what a plan for it would be. Undefined: no dump there, nor anything that should have been one. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  const given = { ...access.section.options, from: place };
  const listing = await listedAt(given, { access, list }, stop);
  const newest = listing?.points[0];
  if (listing === undefined || newest === undefined) return undefined;
  const interval = usualInterval(listing.points);
  const dbname = commonDatabase(listing.points);
  return {
    component: 'database',
    backup: {
      tool: 'pg-dump',
      from: place,
      ...without(given, 'from'),
      ...credentialsFor(place, access),
      ...(dbname === null ? {} : { database: dbname }),
      ...(interval === undefined ? {} : { job: interval }),
    },
    remarks: remarksOn(listing, newest, interval),
  };
}

function commonDatabase(points: readonly RecoveryPoint[]): string | null {
  const names = new Set(points.map(point => readPointHandle(point.handle).dbname));
  const [only] = names;
  return names.size === 1 && only !== undefined ? only : null;
}

function remarksOn(listing: Listing, newest: RecoveryPoint, interval: Interval | undefined): readonly string[] {
  const handles = listing.points.map(point => readPointHandle(point.handle));
  const kinds = [...new Set(handles.map(({ format, compression }) => (compression === 'none' ? format : `${format} in ${compression}`)))];
  const sizes = listing.points.map(point => point.bytes);
  const major = readPointHandle(newest.handle).serverMajor;
  const globals = handles.some(handle => handle.globalsEntry !== null);
  const bad = doubtsIn(listing);
  return [
    `${listing.points.length} dumps (${kinds.join(', ')}), ${inMiB(Math.min(...sizes))} to ${inMiB(Math.max(...sizes))}`,
    newest.consistentAt === null
      ? 'the newest does not say when it was made: pg_dump --verbose, another format or a time in its name would tell; without it no RPO can be judged'
      : `the newest was made at ${newest.consistentAt} (${newest.consistentBasis === 'derived' ? 'said by the dump' : 'only declared: check it, or set time:'})`,
    major === null ? 'the dumps do not say which PostgreSQL they come from: set service.version' : `dumped from PostgreSQL ${major}`,
    interval === undefined
      ? 'too few dumps to see how often they are made: set job.every'
      : `a dump about every ${interval.every}: job.every is a guess from that`,
    globals
      ? 'roles and tablespaces (pg_dumpall --globals-only) lie beside the dumps'
      : 'no roles and tablespaces found: add "pg_dumpall --globals-only" to the job, or the restored database has no logins',
    ...databaseRemarks(handles.map(handle => handle.dbname)),
    ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${bad.join(', ')}`]),
  ];
}

function databaseRemarks(names: readonly (string | null)[]): readonly string[] {
  const several = [...new Set(names.filter(name => name !== null))];
  return several.length < 2
    ? []
    : [`dumps of ${several.length} databases (${several.map(name => basename(name)).join(', ')}): set database: to the one meant`];
}
