import { finding, type Finding } from '../../finding/finding.ts';
import { BackupError, type Listing, type StoreAccess } from '../backup.ts';
import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import { checkExtent, checkLocks, newestSnapshotsFirst } from '../snapshot.ts';
import { archivesOf, DamagedRepository, type BorgArchive } from './archives.ts';
import { readListing, type Listed } from './listed.ts';
import { readOptions } from './options.ts';
import { pointOf } from './point.ts';
import { repositoryOf, versionOf, withRepository, type Repository } from './run.ts';
import { FRESH_MS, lockAgeMs, lookAtPlace, refuseIfBusy, segmentsOf, type Segments } from './segments.ts';

/** Every archive that the plan means, and what is wrong with the repository. Reads only, and without a lock. */
export async function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  await versionOf(stop);
  const repository = repositoryOf(access);
  const place = await lookAtPlace(repository);
  if (place !== 'repository') {
    const code = place === 'foreign' ? 'backup.not-a-dump' : 'backup.damaged';
    return { points: [], looked: 0, findings: place === 'empty' ? [] : [finding(code, 'failed', { probe: 'backup' })] };
  }
  const segments = await segmentsOf(repository);
  refuseToWrite(segments);
  const missing = await missingSegments(access, segments);
  try {
    return await withRepository({ access }, at => listed(at, missing, stop));
  } catch (error) {
    if (!(error instanceof DamagedRepository)) throw error;
    await refuseIfBusy(repository, access.now());
    if (error.lacksKey) return { points: [], looked: 0, findings: [finding('backup.keys-missing', 'failed', { probe: 'backup' })] };
    const damaged = missing.length > 0 ? missing : [finding('backup.damaged', 'failed', { probe: 'backup' })];
    return { points: [], looked: 0, findings: damaged };
  }
}

/** borg would first write its index anew, into the repository, and we only read. */
export function refuseToWrite({ indexBehind }: Segments): void {
  if (!indexBehind) return;
  throw new BackupError(
    'store-unreadable',
    'the index of the repository is older than what was saved last, so borg would have to write it',
    {
      hint: 'Let borg put the repository in order where it is written (`borg check`), or wait until the backup has ended.',
    },
  );
}

/** Segments that borg’s own notes call needed and that are not there, or not whole (F20). */
export async function missingSegments(access: StoreAccess, { there, needed, end }: Segments): Promise<readonly Finding[]> {
  const present = new Set(there);
  const missing = Math.max(needed.filter(segment => !present.has(segment)).length, end === 'gone' ? 1 : 0);
  if (missing === 0 && end === 'whole') return [];
  await refuseIfBusy(repositoryOf(access), access.now());
  if (missing === 0) return [finding('backup.damaged', 'failed', { probe: 'backup' })];
  const facts = { unit: 'segments', expected: needed.length, observed: missing };
  return [finding('backup.files-missing', 'failed', { probe: 'backup', ...facts })];
}

async function listed(at: Repository, missing: readonly Finding[], stop: AbortSignal): Promise<Listing> {
  const { access } = at;
  const { host = [], archives = '*', paths = [] } = readOptions(access.section);
  const { all, encrypted, repository } = await archivesOf(at, stop);
  const meant = newestSnapshotsFirst(all.filter(one => (host.length === 0 || host.includes(one.host)) && isLike(one.name, archives)));
  const counted = await countSome({ at, archives: meant, paths }, stop);
  const points = newestFirst(meant.map((one, index) => pointOf(one, { bytes: nearest(counted, index), encrypted, repository, access })));
  const age = await lockAgeMs(repositoryOf(access), access.now());
  const findings = [
    ...missing,
    ...ofNewest({ counted, wanted: paths.length, access }),
    ...checkLocks(age === undefined ? [] : [age], FRESH_MS),
    ...checkListing({ section: access.section, points, now: access.now() }),
  ];
  return { points, findings, looked: all.length };
}

/** As borg's `--glob-archives`, as far as names of archives need it. */
function isLike(name: string, glob: string): boolean {
  const parts = glob
    .split(/([*?])/)
    .map(part => (part === '*' ? '.*' : part === '?' ? '.' : part.replaceAll(/[$()+.[\\]^{|}]/g, String.raw`\$&`)));
  return new RegExp(`^${parts.join('')}$`, 's').test(name);
}

/** By place from the newest; `null`: its listing cannot be read. */
type Counted = ReadonlyMap<number, Listed | null>;

/** To know how much an archive holds its listing must be read: the newest two and the oldest are, those between are taken for as large as their neighbour. */
async function countSome(
  of: { readonly at: Repository; readonly archives: readonly BorgArchive[]; readonly paths: readonly string[] },
  stop: AbortSignal,
): Promise<Counted> {
  const counted = new Map<number, Listed | null>();
  for (const index of new Set([0, 1, of.archives.length - 1])) {
    const archive = of.archives[index];
    if (archive === undefined) continue;
    counted.set(index, (await readListing({ at: of.at, archive: archive.name, paths: of.paths }, stop)) ?? null);
  }
  return counted;
}

function nearest(counted: Counted, index: number): number {
  const known = [...counted].filter((entry): entry is [number, Listed] => entry[1] !== null);
  const [closest] = known.sort(([a], [b]) => Math.abs(a - index) - Math.abs(b - index));
  return closest?.[1].bytes ?? 0;
}

function ofNewest({ counted, wanted, access }: { counted: Counted; wanted: number; access: StoreAccess }): readonly Finding[] {
  const newest = counted.get(0);
  if (newest === undefined) return [];
  if (newest === null) return [finding('backup.damaged', 'failed', { probe: 'backup' })];
  const facts = { probe: 'backup', unit: 'folders', expected: wanted, observed: newest.missing };
  return [
    ...(newest.missing === 0 ? [] : [finding('backup.path-missing', 'failed', facts)]),
    ...zeroed(newest),
    ...checkExtent(newest, counted.get(1) ?? undefined, access.section),
  ];
}

/** After `borg check --repair` the repository is called whole; the files are zeros (F19). */
export function zeroed({ zeroed: observed, files }: Listed): readonly Finding[] {
  if (observed === 0) return [];
  return [finding('backup.filled-with-zeros', 'failed', { probe: 'backup', unit: 'files', expected: files, observed })];
}
