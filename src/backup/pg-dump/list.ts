import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import { BackupError, type Listing, type RecoveryPoint, type StoreAccess } from '../backup.ts';
import { group, type Artefact, type Grouped } from './artefact.ts';
import { lookAtAll } from './look.ts';
import { manifestOf, NOTHING } from '../dump-files/manifest.ts';
import { readOptions } from './options.ts';
import { pointOf, readPointHandle } from './point.ts';
import { sameBytesAsNewest } from '../dump-files/same-bytes.ts';
import { openStore, type Entry, type Store } from '../dump-files/store.ts';
import { sortOut, type Sorted } from './sort-out.ts';
import { stillGrowing } from '../dump-files/growing.ts';

/** Every dump in the place that the plan names, and what is wrong with that place. Reads only. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  await using store = await openStore(access);
  const grouped = await look(store, access, stop);
  const seen = await lookAtAll(store, grouped.artefacts, stop);
  const growing = await stillGrowing(store, { seen, now: access.now() }, stop);
  const sorted = sortOut({ seen, growing, refused: grouped.refused, section: access.section, now: access.now() });
  const points = await pointsOf({ store, grouped, sorted, access }, stop);
  if (points.length === 0) throwIfUntold(sorted);
  const sameBytes = await sameBytesAsNewest(store, { points, entryOf: point => readPointHandle(point.handle).entry }, stop);
  return {
    points: newestFirst(points),
    findings: [...sorted.findings, ...checkListing({ section: access.section, points, now: access.now(), sameBytes })],
    looked: grouped.looked,
  };
}

/** Everything in the store, put together into artefacts. */
export async function look(store: Store, access: StoreAccess, stop: AbortSignal): Promise<Grouped> {
  const entries: Entry[] = [];
  for await (const entry of store.entries(stop)) entries.push(entry);
  return group(entries, readOptions(access.section).pattern);
}

interface Place {
  readonly store: Store;
  readonly grouped: Grouped;
  readonly sorted: Sorted;
  readonly access: StoreAccess;
}

async function pointsOf({ store, grouped, sorted, access }: Place, stop: AbortSignal): Promise<readonly RecoveryPoint[]> {
  const points: RecoveryPoint[] = [];
  for (const { artefact, dump } of sorted.dumps) {
    const read = (entry: Entry): Promise<Buffer> => store.read(entry, { from: 0, length: entry.size }, stop);
    const manifest = artefact.shape === 'directory' ? NOTHING : await manifestOf(artefact.key, grouped.manifests, read);
    points.push(pointOf({ artefact, dump }, { manifest, globals: nearest(artefact, sorted.globals), location: store.location }, access));
  }
  return points;
}

/** Globals are dumped beside each database: those nearest in time belong to it. */
function nearest(artefact: Artefact, globals: readonly Artefact[]): Entry | null {
  const apart = (other: Artefact): number => Math.abs(Date.parse(other.modifiedAt) - Date.parse(artefact.modifiedAt));
  return [...globals].sort((a, b) => apart(a) - apart(b))[0]?.entries[0] ?? null;
}

/** With no point, and things there that could not be opened, nobody can say that there is no backup: that is "could not", not "failed". */
function throwIfUntold(sorted: Sorted): void {
  if (sorted.findings.some(found => found.outcome === 'failed')) return;
  if (!sorted.findings.some(found => found.outcome === 'inconclusive')) return;
  throw new BackupError('store-unreadable', 'what lies in the backup store could not be opened', {
    hint: 'Let the user who runs Resurgam read the files; encrypted files, bzip2 and pg_dumpall output cannot be opened here yet.',
  });
}
