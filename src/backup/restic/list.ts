import { finding, type Finding } from '../../finding/finding.ts';
import type { Listing, StoreAccess } from '../backup.ts';
import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import {
  checkExtent,
  checkLocks,
  checkPaths,
  hasPaths,
  newestSnapshotsFirst,
  ofHostAndTags,
  snapshotBefore,
  type Extent,
} from '../snapshot.ts';
import { FRESH_MS, lockAges } from './locks.ts';
import { filterOf, readOptions } from './options.ts';
import { lookAtPlace, withRepository, type Place } from './place.ts';
import { pointOf } from './point.ts';
import { versionOf, type Repository } from './run.ts';
import { extentOf, snapshotsOf, type ResticSnapshot } from './snapshots.ts';

/** Every snapshot that the plan means, and what is wrong with the repository. Reads only, and without a lock. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  await versionOf(stop);
  const place = await lookAtPlace(access, stop);
  if (place !== 'repository') return { points: [], looked: 0, findings: nothingIn(place) };
  return withRepository(access, at => listed(at, stop));
}

/** An empty folder is an answer: nothing was ever saved there. */
function nothingIn(place: Exclude<Place, 'repository'>): readonly Finding[] {
  if (place === 'empty') return [];
  if (place === 'without-keys') return [finding('backup.keys-missing', 'failed', { probe: 'backup' })];
  return [finding(place === 'foreign' ? 'backup.not-a-dump' : 'backup.damaged', 'failed', { probe: 'backup' })];
}

async function listed(at: Repository, stop: AbortSignal): Promise<Listing> {
  const { access } = at;
  const filter = filterOf(readOptions(access.section));
  const { all, unreadable, isOpen } = await snapshotsOf(at, stop);
  if (!isOpen) return { points: [], looked: 0, findings: nothingIn('incomplete') };
  const of = ofHostAndTags(all, filter);
  const meant = newestSnapshotsFirst(of.filter(one => hasPaths(one, filter.paths)));
  const counted = await countSome(at, meant, stop);
  const points = newestFirst(meant.map((one, index) => pointOf(one, nearest(counted, index).bytes, access)));
  const findings = [
    ...unreadableSnapshots(unreadable, all.length),
    ...checkPaths(of, filter),
    ...extents(meant, counted, access),
    ...checkLocks(await lockAges(at, stop), FRESH_MS),
    ...checkListing({ section: access.section, points, now: access.now() }),
  ];
  return { points, findings, looked: all.length + unreadable };
}

type Counted = ReadonlyMap<number, Extent | undefined>;

/**
 * Counting a snapshot of restic before 0.17 means to walk it: the newest, the one of the same job before it, and the oldest are. Those between
 * are taken for as large as their neighbour until one of them is chosen and fetched.
 */
async function countSome(at: Repository, snapshots: readonly ResticSnapshot[], stop: AbortSignal): Promise<Counted> {
  const counted = new Map<number, Extent | undefined>();
  for (const [index, one] of snapshots.entries()) {
    const worth = index === 0 || one === beforeNewest(snapshots) || index === snapshots.length - 1;
    if (worth || one.extent !== undefined) counted.set(index, await extentOf(at, one, stop));
  }
  return counted;
}

function beforeNewest(snapshots: readonly ResticSnapshot[]): ResticSnapshot | undefined {
  const [newest] = snapshots;
  return newest === undefined ? undefined : snapshotBefore(snapshots, newest);
}

function nearest(counted: Counted, index: number): Extent {
  const known = [...counted].filter((entry): entry is [number, Extent] => entry[1] !== undefined);
  const [closest] = known.sort(([a], [b]) => Math.abs(a - index) - Math.abs(b - index));
  return closest?.[1] ?? { bytes: 0, entries: 0 };
}

function extents(snapshots: readonly ResticSnapshot[], counted: Counted, { section }: StoreAccess): readonly Finding[] {
  const [newest] = snapshots;
  if (newest === undefined) return [];
  const extent = counted.get(0);
  if (extent === undefined) return [finding('backup.damaged', 'failed', { probe: 'backup', object: 'index' })];
  const before = beforeNewest(snapshots);
  return checkExtent(extent, before === undefined ? undefined : counted.get(snapshots.indexOf(before)), section);
}

function unreadableSnapshots(unreadable: number, read: number): readonly Finding[] {
  if (unreadable === 0) return [];
  const facts = { unit: 'snapshots', expected: read + unreadable, observed: unreadable };
  return [finding('backup.files-missing', 'failed', { probe: 'backup', ...facts })];
}
