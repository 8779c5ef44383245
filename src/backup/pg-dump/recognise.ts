import { basename } from 'node:path/posix';
import { BackupError, type Listing, type Recognised, type RecoveryPoint, type StoreAccess } from '../backup.ts';
import { list } from './list.ts';
import { bucketOf } from './options.ts';
import { readPointHandle } from './point.ts';

const HOUR_MS = 3_600_000;
/** Intervals that backup jobs have, as a plan says them. */
const USUAL: readonly (readonly [number, string, string])[] = [
  [HOUR_MS / 4, '15m', '10m'],
  [HOUR_MS / 2, '30m', '15m'],
  [HOUR_MS, '1h', '20m'],
  [2 * HOUR_MS, '2h', '30m'],
  [4 * HOUR_MS, '4h', '1h'],
  [6 * HOUR_MS, '6h', '1h'],
  [8 * HOUR_MS, '8h', '1h'],
  [12 * HOUR_MS, '12h', '2h'],
  [24 * HOUR_MS, '24h', '3h'],
  [7 * 24 * HOUR_MS, '7d', '12h'],
];

/** Looks at a place and says what a plan for it would be. Undefined: no dump there, nor anything that should have been one. */
export async function recognise(place: string, access: StoreAccess, stop: AbortSignal): Promise<Recognised | undefined> {
  const given = { ...access.section.options, from: place };
  const listing = await listed({ ...access, section: { ...access.section, options: given } }, stop);
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
      ...(interval === undefined ? {} : { job: { every: interval.every, grace: interval.grace } }),
    },
    remarks: remarksOn(listing, newest, interval),
  };
}

/** A place that is no folder of dumps may be another tool's: only that it could not be looked at is an error. */
async function listed(access: StoreAccess, stop: AbortSignal): Promise<Listing | undefined> {
  try {
    return await list(access, stop);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'store-unreadable' && bucketOf(String(access.section.options['from'])) === undefined)
      return undefined;
    throw error;
  }
}

function without(values: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));
}

/** A plan never holds the keys that `init` was run with, only where they were. */
function credentialsFor(place: string, { env }: StoreAccess): Readonly<Record<string, unknown>> {
  if (bucketOf(place) === undefined || env['AWS_ACCESS_KEY_ID'] === undefined) return {};
  const session = env['AWS_SESSION_TOKEN'] === undefined ? {} : { sessionToken: { env: 'AWS_SESSION_TOKEN' } };
  return { credentials: { accessKeyId: { env: 'AWS_ACCESS_KEY_ID' }, secretAccessKey: { env: 'AWS_SECRET_ACCESS_KEY' }, ...session } };
}

interface Interval {
  readonly every: string;
  readonly grace: string;
}

/** The median distance of the last dumps, rounded up to an interval that jobs have. */
function usualInterval(points: readonly RecoveryPoint[]): Interval | undefined {
  const times = points.slice(0, 15).map(point => Date.parse(point.consistentAt ?? point.availableAt));
  const gaps = times
    .slice(1)
    .map((time, index) => (times[index] ?? time) - time)
    .sort((a, b) => a - b);
  const median = gaps[Math.floor(gaps.length / 2)];
  if (gaps.length < 2 || median === undefined || median < 60_000) return undefined;
  const [, every, grace] = USUAL.find(([ms]) => median <= ms * 1.1) ?? [];
  return every === undefined || grace === undefined ? undefined : { every, grace };
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
  const bad = listing.findings.filter(found => found.outcome === 'failed' || found.outcome === 'inconclusive');
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
    ...(bad.length === 0 ? [] : [`look at these before you rely on it: ${bad.map(found => found.code).join(', ')}`]),
  ];
}

function databaseRemarks(names: readonly (string | null)[]): readonly string[] {
  const several = [...new Set(names.filter(name => name !== null))];
  return several.length < 2
    ? []
    : [`dumps of ${several.length} databases (${several.map(name => basename(name)).join(', ')}): set database: to the one meant`];
}

function inMiB(bytes: number): string {
  return bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.ceil(bytes / (1 << 20)).toLocaleString('en-US')} MiB`;
}
