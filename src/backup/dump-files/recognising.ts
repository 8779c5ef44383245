import { BackupError, type BackupTool, type Listing, type RecoveryPoint, type StoreAccess } from '../backup.ts';
import { bucketOf } from './place-options.ts';

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

interface Looking {
  readonly access: StoreAccess;
  readonly list: BackupTool['list'];
}

/** A place that is no folder of dumps may be another tool's: only that it could not be looked at is an error. */
export async function listedAt(
  options: Readonly<Record<string, unknown>>,
  { access, list }: Looking,
  stop: AbortSignal,
): Promise<Listing | undefined> {
  try {
    return await list({ ...access, section: { ...access.section, options } }, stop);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'store-unreadable' && bucketOf(String(options['from'])) === undefined)
      return undefined;
    throw error;
  }
}

export function without(values: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => key !== name));
}

/** A plan never holds the keys that `init` was run with, only where they were. */
export function credentialsFor(place: string, { env }: StoreAccess): Readonly<Record<string, unknown>> {
  if (bucketOf(place) === undefined || env['AWS_ACCESS_KEY_ID'] === undefined) return {};
  const session = env['AWS_SESSION_TOKEN'] === undefined ? {} : { sessionToken: { env: 'AWS_SESSION_TOKEN' } };
  return { credentials: { accessKeyId: { env: 'AWS_ACCESS_KEY_ID' }, secretAccessKey: { env: 'AWS_SECRET_ACCESS_KEY' }, ...session } };
}

export interface Interval {
  readonly every: string;
  readonly grace: string;
}

/** The median distance of the last dumps, rounded up to an interval that jobs have. */
export function usualInterval(points: readonly RecoveryPoint[]): Interval | undefined {
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

/** A size for people. */
export function inMiB(bytes: number): string {
  return bytes < 1 << 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${Math.ceil(bytes / (1 << 20)).toLocaleString('en-US')} MiB`;
}
