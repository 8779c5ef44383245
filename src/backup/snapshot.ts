import { finding, type Finding } from '../finding/finding.ts';
import type { BackupSection } from '../plan/plan.ts';

/** One snapshot of a repository as its tool lists it. */
export interface Snapshot {
  /** The tool's own id. */
  readonly id: string;
  /** ISO. Files changed while it was made, so this is its beginning. */
  readonly startedAt: string;
  readonly host: string;
  readonly tags: readonly string[];
  /** What was asked to be saved, and was there. `null`: the tool does not say. */
  readonly paths: readonly string[] | null;
}

/** Which snapshots of a repository a plan means; an empty list means any. */
export interface SnapshotFilter {
  readonly hosts: readonly string[];
  readonly tags: readonly string[];
  readonly paths: readonly string[];
}

/** How much a snapshot holds. */
export interface Extent {
  readonly bytes: number;
  readonly entries: number;
}

/** Without a word of the plan so much may go from one snapshot to the next before it is worth a note. */
const USUAL_SHRINK = 0.5;

/** Of these hosts, with all of these tags. Paths are another matter: a snapshot that lacks one is meant and bad. */
export function ofHostAndTags<T extends Snapshot>(snapshots: readonly T[], { hosts, tags }: SnapshotFilter): readonly T[] {
  return snapshots.filter(one => (hosts.length === 0 || hosts.includes(one.host)) && tags.every(tag => one.tags.includes(tag)));
}

/** Every path that the plan names is in it: itself, or a folder above it. */
export function hasPaths({ paths }: Snapshot, wanted: readonly string[]): boolean {
  return paths === null || wanted.every(path => paths.some(saved => isWithin(path, saved)));
}

/**
 * A named path that was not there is left out by the tool without a word (failure mode F06). If the plan names the paths, the newest snapshot
 * that has any of them must have all, and this decides; else a snapshot is compared with the one before it, which is no more than a note.
 */
export function checkPaths(snapshots: readonly Snapshot[], filter: SnapshotFilter): readonly Finding[] {
  const sorted = newestSnapshotsFirst(snapshots);
  if (filter.paths.length > 0) {
    const newest = sorted.find(({ paths }) => paths !== null && filter.paths.some(path => paths.some(saved => isWithin(path, saved))));
    return newest === undefined ? [] : pathsMissing(filter.paths, newest.paths ?? [], true);
  }
  const [newest] = sorted;
  const before = sorted.find(one => one !== newest && one.host === newest?.host);
  // A job of its own for fewer folders: it has made such snapshots before.
  const usual = sorted.filter(one => one !== newest && one.host === newest?.host && samePaths(one, newest));
  if (newest?.paths == null || before?.paths == null || usual.length > 0) return [];
  return newest.paths.every(path => before.paths?.includes(path)) ? pathsMissing(before.paths, newest.paths, false) : [];
}

function pathsMissing(wanted: readonly string[], saved: readonly string[], required: boolean): readonly Finding[] {
  const missing = wanted.filter(path => !saved.some(one => isWithin(path, one))).length;
  if (missing === 0) return [];
  return [
    finding('backup.path-missing', 'failed', { probe: 'backup', required, unit: 'folders', expected: wanted.length, observed: missing }),
  ];
}

/** An empty folder is saved as faithfully as a full one (F07), and what was excluded or could not be read is just not there (F05, F08). */
export function checkExtent(newest: Extent, before: Extent | undefined, { size }: Pick<BackupSection, 'size'>): readonly Finding[] {
  if (newest.bytes === 0) return [finding('backup.empty', 'failed', { probe: 'backup', unit: 'bytes', observed: 0 })];
  if (before === undefined || newest.entries >= before.entries * (1 - (size.shrink ?? USUAL_SHRINK))) return [];
  const facts = { unit: 'files and folders', expected: before.entries, observed: newest.entries };
  return [finding('backup.entries-fewer', 'failed', { probe: 'backup', required: size.shrink !== null, ...facts })];
}

/** It blocks what keeps the repository in order, and says nothing about what is in it. */
export function checkLocks(ages: readonly number[], freshMs: number): readonly Finding[] {
  const oldest = Math.max(-Infinity, ...ages);
  if (oldest <= freshMs) return [];
  const facts = { unit: 'seconds', expected: 0, observed: Math.round(oldest / 1_000) };
  return [finding('backup.stale-lock', 'failed', { probe: 'backup', required: false, ...facts })];
}

/** The one before this of the same job: same host, same paths. */
export function snapshotBefore<T extends Snapshot>(snapshots: readonly T[], newest: T): T | undefined {
  const sorted = newestSnapshotsFirst(snapshots);
  return sorted.slice(sorted.indexOf(newest) + 1).find(one => one.host === newest.host && samePaths(one, newest));
}

export function newestSnapshotsFirst<T extends Snapshot>(snapshots: readonly T[]): readonly T[] {
  return [...snapshots].sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.id < b.id ? -1 : 1));
}

function samePaths(one: Snapshot, other: Snapshot): boolean {
  return JSON.stringify([...(one.paths ?? [])].sort()) === JSON.stringify([...(other.paths ?? [])].sort());
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder}/`);
}
