import { finding, type Finding } from '../../finding/finding.ts';
import { BackupError, type RecoveryPoint, type StoreAccess } from '../backup.ts';
import { targetOf } from '../recovery-options.ts';
import { chainOf, stretchesOf } from '../wal-chain.ts';
import { findingOfFault } from '../wal-fault.ts';
import { placeOfName, segmentName } from '../wal-name.ts';
import { readRecords } from '../wal-records.ts';
import { UnpackError } from '../../system/unpack.ts';
import { placesOf, readArchive, readStored, segmentBytesOf, type Archive, type ArchivePlace } from './archive.ts';
import { pgbackrest, refused } from './command.ts';
import type { KeptBackup, Stanza } from './catalogue.ts';
import { readOptions, type Repository } from './options.ts';
import { pointOf, type PointHandle } from './point.ts';

export interface InRepository {
  readonly access: StoreAccess;
  readonly repository: Repository;
  readonly stanza: Stanza;
}

interface Found {
  /** Backups and segments that were looked at. */
  readonly looked: number;
  readonly points: readonly RecoveryPoint[];
  readonly findings: readonly Finding[];
}

/** One backup and the segments that its archive holds from its beginning on, without a break. */
interface Led {
  readonly backup: KeptBackup;
  readonly handle: PointHandle;
  readonly major: number;
  /** Segments up to the end of the backup itself. */
  readonly own: readonly string[] | undefined;
  readonly beyond: number;
  readonly timelineThere: boolean;
  readonly archive: Archive;
}

/** What one repository can give back, and what is wrong with it. */
export async function pointsOf(at: InRepository, stop: AbortSignal): Promise<Found> {
  const { access, stanza, repository } = at;
  if (stanza.backup.length === 0) return { looked: 0, points: [], findings: [] };
  const lacking = await lackingBase(at, stop);
  const archives = new Map<string, Archive>();
  const led: Led[] = [];
  for (const backup of stanza.backup.filter(one => !lacking.has(one.label))) {
    const one = await leadFrom(backup, { at, archives }, stop);
    if (one !== undefined) led.push(one);
  }
  const newest = led.at(-1);
  const options = readOptions(access.section);
  const encrypted = stanza.cipher !== 'none';
  const plain = options.target === undefined || options.target === 'newest' ? led : [];
  const points = plain.flatMap(({ backup, own, handle, major }) => {
    if (own === undefined) return [];
    const kind = backup.type === 'full' ? ('full' as const) : ('incremental' as const);
    const stopped = isoOf(backup.timestamp.stop);
    const only: PointHandle = { ...handle, segments: own, target: { to: 'consistent' }, timeline: null };
    return [pointOf({ backup, kind, consistentAt: stopped, availableAt: stopped, major, encrypted, handle: only }, access)];
  });
  const moment = await momentPoint(led, { at, encrypted, repository }, stop);
  const looked = stanza.backup.length + [...archives.values()].reduce((sum, { segments }) => sum + segments.size, 0);
  return {
    looked,
    points: [...points, ...moment],
    findings: [...(newest === undefined ? [] : brokenChain(newest)), ...withoutBase(lacking.size)],
  };
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

/** Backups that build on others which are not there any more: `info` does not look. */
async function lackingBase({ access, repository, stanza }: InRepository, stop: AbortSignal): Promise<ReadonlySet<string>> {
  const folder = `backup/${readOptions(access.section).stanza}`;
  const result = await pgbackrest(access, { args: [`--repo=${repository.number}`, '--output=json', 'repo-ls', folder] }, stop);
  if (result.exitCode !== 0) throw refused('the backups could not be listed', result);
  const there = new Set(Object.keys(JSON.parse(result.stdout) as object));
  const lacks = ({ label, reference }: KeptBackup): boolean => [label, ...(reference ?? [])].some(name => !there.has(name));
  return new Set(stanza.backup.filter(lacks).map(({ label }) => label));
}

function withoutBase(count: number): readonly Finding[] {
  if (count === 0) return [];
  return [finding('backup.base-missing', 'failed', { probe: 'backup', unit: 'backups', expected: 0, observed: count })];
}

interface Leading {
  readonly at: InRepository;
  /** Read once for each cluster. */
  readonly archives: Map<string, Archive>;
}

async function leadFrom(backup: KeptBackup, { at, archives }: Leading, stop: AbortSignal): Promise<Led | undefined> {
  const { access, repository, stanza } = at;
  const options = readOptions(access.section);
  const db = stanza.db.find(({ id }) => id === backup.database.id);
  const id = stanza.archive.find(({ database }) => database.id === backup.database.id)?.id;
  const segmentBytes = segmentBytesOf(backup);
  const start = placeOfName(backup.archive.start ?? '', segmentBytes);
  const last = placeOfName(backup.archive.stop ?? '', segmentBytes);
  if (db === undefined || start === undefined || last === undefined) return undefined;
  const place: ArchivePlace = { store: access, repo: repository.number, id: id ?? `${db.version}-${db.id}` };
  const archive = archives.get(place.id) ?? (await readArchive(place, stop));
  archives.set(place.id, archive);
  const stretches = stretchesOf({ start, segmentBytes, histories: archive.histories, timeline: options.timeline ?? null });
  const has = (one: typeof start): boolean => archive.segments.has(segmentName(one, segmentBytes));
  const chain = chainOf(stretches ?? [{ timeline: start.timeline, from: start.number }], has, placesOf(archive, segmentBytes));
  const names = chain.segments.map(one => segmentName(one, segmentBytes));
  const needed = last.number - start.number + 1;
  const handle: PointHandle = {
    ...{ repo: repository.number, label: backup.label, archiveId: place.id, segments: names, segmentBytes },
    ...{ timeline: stretches?.at(-1)?.timeline ?? null, target: targetOf(options), systemId: db['system-id'] },
  };
  return {
    ...{ backup, handle, archive, major: Number.parseInt(db.version, 10) },
    own: names.length >= needed ? names.slice(0, needed) : undefined,
    beyond: chain.beyond,
    timelineThere: stretches !== undefined,
  };
}

/** So many segments without a commit are passed over, from the newest back. */
const QUIET_SEGMENTS = 8;

/** Any moment from the newest backup to the end of the archive can be reached: the plan's target, else the newest one. */
async function momentPoint(
  led: readonly Led[],
  how: { readonly at: InRepository; readonly encrypted: boolean; readonly repository: Repository },
  stop: AbortSignal,
): Promise<readonly RecoveryPoint[]> {
  const { access } = how.at;
  const target = targetOf(readOptions(access.section));
  const before = (one: Led): boolean => target.to !== 'time' || one.backup.timestamp.stop * 1_000 <= Date.parse(target.at);
  const one = led.findLast(each => each.own !== undefined && each.timelineThere && before(each));
  if (one === undefined) return [];
  const { backup, handle, archive, major } = one;
  const stopped = isoOf(backup.timestamp.stop);
  const commit = await lastCommit(one, how.at, stop);
  const newest = commit !== null && commit > stopped ? commit : stopped;
  const consistentAt = target.to === 'newest' ? newest : target.to === 'time' ? new Date(target.at).toISOString() : null;
  const arrived = archive.segments.get(handle.segments.at(-1) ?? '')?.storedAt ?? stopped;
  const availableAt = arrived > stopped ? arrived : stopped;
  // It says its end in whole seconds.
  const momentsFrom = consistentAt === null ? undefined : isoOf(backup.timestamp.stop + 1);
  const of = { backup, consistentAt, availableAt, momentsFrom, major, encrypted: how.encrypted, handle };
  return [pointOf({ ...of, kind: 'pitr' }, access)];
}

async function lastCommit({ handle, archive }: Led, { access, repository }: InRepository, stop: AbortSignal): Promise<string | null> {
  for (const name of handle.segments.slice(-QUIET_SEGMENTS).reverse()) {
    const path = archive.segments.get(name)?.path ?? '';
    const at = await readStored({ store: access, repo: repository.number }, path, stop).then(
      content => readRecords(content)?.lastCommitAt ?? null,
      (error: unknown) => {
        // What is damaged is told when it is fetched; so is what the passphrase does not open that has just opened the list of backups.
        if (error instanceof UnpackError || (error instanceof BackupError && error.code === 'credentials-refused')) return null;
        throw error;
      },
    );
    if (at !== null) return at;
  }
  return null;
}

/** What is wrong on the way from the newest backup to the end of the archive: nothing of it does the tool say itself. */
function brokenChain({ own, beyond, timelineThere }: Led): readonly Finding[] {
  if (!timelineThere) return [finding('backup.timeline-missing', 'failed', { probe: 'backup' })];
  if (own === undefined) return [finding('backup.wal-missing', 'failed', { probe: 'backup', unit: 'segments' })];
  return beyond > 0 ? [findingOfFault('gone', beyond)] : [];
}
