import { finding, type Finding } from '../../finding/finding.ts';
import { checkListing } from '../check.ts';
import { newestFirst } from '../choose.ts';
import type { Listing, RecoveryPoint, StoreAccess } from '../backup.ts';
import { targetOf } from '../recovery-options.ts';
import { findingOfFault } from '../wal-fault.ts';
import { EMPTY_ARCHIVE, readArchive, type Archive } from './archive.ts';
import { lookAtBase, type Base } from './base.ts';
import { findPlaces, throwIfStopped, translated } from './find.ts';
import { readOptions } from './options.ts';
import { pointOf } from './point.ts';
import { lastCommitOf, reachOf, type Reached } from './reach.ts';
import { sortOut } from './sort-out.ts';

/** Every base backup of the folder, and how far the archive of the log leads from the newest of them. Reads only. */
export function list(access: StoreAccess, stop: AbortSignal): Promise<Listing> {
  return listThose(access, () => true, stop);
}

/** The same of those base backups alone whose path below the folder is meant. */
export async function listThose(access: StoreAccess, isMeant: (key: string) => boolean, stop: AbortSignal): Promise<Listing> {
  const options = readOptions(access.section);
  const places = (await findPlaces(options.from, options.wal, stop)).filter(({ key }) => isMeant(key));
  const archive = options.wal === undefined ? EMPTY_ARCHIVE : await openArchive(options.wal, stop);
  const seen: Base[] = [];
  for (const place of places) {
    const base = await translated(options.from, () => lookAtBase(place, stop));
    if (base !== undefined) seen.push(base);
  }
  const { bases, findings } = sortOut(seen, access.now());
  const reached = await reachedFrom(bases, { archive, access }, stop);
  const points = [
    ...(options.target === undefined || options.target === 'newest' ? bases.map(base => fullPoint(base, reached.get(base), access)) : []),
    ...(await momentPoints(bases, { reached, archive, access }, stop)),
  ];
  const said = [...findings, ...brokenChain(bases, reached, access)];
  return {
    points: newestFirst(points),
    findings: [...said, ...checkListing({ section: access.section, points, now: access.now() })],
    looked: places.length + archive.segments.size,
  };
}

export function openArchive(folder: string, stop: AbortSignal): Promise<Archive> {
  return translated(folder, () => readArchive(folder, stop));
}

interface Looking {
  readonly archive: Archive;
  readonly access: StoreAccess;
}

async function reachedFrom(bases: readonly Base[], at: Looking, stop: AbortSignal): Promise<ReadonlyMap<Base, Reached>> {
  const options = readOptions(at.access.section);
  const reached = new Map<Base, Reached>();
  // Older base backups only need the log of their own; the way from the newest one is the one that counts.
  for (const base of bases) {
    throwIfStopped(stop);
    const one = await translated(options.wal ?? options.from, () => reachOf(base, at.archive, options));
    if (one !== undefined) reached.set(base, one);
  }
  return reached;
}

/** When the data are as the backup alone has them: at its end. */
function stoppedAt({ manifest, label }: Base): string | null {
  return manifest?.copiedAt ?? label?.startedAt ?? null;
}

function fullPoint(base: Base, reached: Reached | undefined, access: StoreAccess): RecoveryPoint {
  return pointOf(
    {
      base,
      kind: 'full',
      consistentAt: stoppedAt(base),
      availableAt: base.finishedAt,
      // What it brings along is enough, if it brings it.
      segments: base.hasWal === true ? [] : (reached?.segments ?? []),
      segmentBytes: 0,
      timeline: null,
      target: { to: 'consistent' },
    },
    access,
  );
}

interface Moments extends Looking {
  readonly reached: ReadonlyMap<Base, Reached>;
}

/** Any moment from the newest base backup to the end of the archive can be reached: the plan's target, else the newest one. */
async function momentPoints(bases: readonly Base[], at: Moments, stop: AbortSignal): Promise<readonly RecoveryPoint[]> {
  const options = readOptions(at.access.section);
  const target = targetOf(options);
  const base = bases.find(one => (at.reached.get(one)?.segments.length ?? 0) > 0 && isBefore(one, target));
  const reached = base === undefined ? undefined : at.reached.get(base);
  if (base === undefined || reached === undefined || reached.lacking > 0) return [];
  const newest = await translated(options.wal ?? '', () => lastCommitOf(reached.segments, at.archive, stop));
  const consistentAt = later(newest, stoppedAt(base));
  const availableAt = later(reached.arrivedAt, base.finishedAt) ?? base.finishedAt;
  const moment = target.to === 'newest' ? consistentAt : target.to === 'time' ? new Date(target.at).toISOString() : null;
  const { segments, timeline } = reached;
  const { segmentBytes } = at.archive;
  // It is consistent from its end on, of which a copy of files says no more than when its last file was written.
  const momentsFrom = moment === null ? undefined : (later(base.finishedAt, stoppedAt(base)) ?? base.finishedAt);
  const of = { base, consistentAt: moment, availableAt, momentsFrom, segments, segmentBytes, timeline, target };
  return [pointOf({ ...of, kind: 'pitr' }, at.access)];
}

function isBefore(base: Base, target: ReturnType<typeof targetOf>): boolean {
  if (target.to === 'time') return Date.parse(stoppedAt(base) ?? base.finishedAt) <= Date.parse(target.at);
  return true;
}

function later(a: string | null, b: string | null): string | null {
  return a === null || (b !== null && b > a) ? b : a;
}

/** What is wrong on the way from the newest base backup to the end of the archive. */
function brokenChain(bases: readonly Base[], reached: ReadonlyMap<Base, Reached>, access: StoreAccess): readonly Finding[] {
  const { wal } = readOptions(access.section);
  const newest = bases[0];
  const chain = newest === undefined ? undefined : reached.get(newest);
  if (newest === undefined || chain === undefined) return [];
  const facts = { probe: 'backup', unit: 'segments' };
  if (!chain.timelineThere) return [finding('backup.timeline-missing', 'failed', { probe: 'backup' })];
  if (chain.lacking > 0) return [finding('backup.wal-missing', 'failed', { ...facts, expected: 0, observed: chain.lacking })];
  if (wal === undefined) return [];
  if (chain.broken !== undefined) return [findingOfFault(chain.broken, chain.beyond)];
  // The server waits for the archive before it calls a base backup finished.
  return chain.segments.length > 0 ? [] : [finding('backup.wal-not-archived', 'failed', { ...facts, observed: 0 })];
}
