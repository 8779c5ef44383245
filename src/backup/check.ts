import { finding, type Finding, type FindingFacts } from '../finding/finding.ts';
import type { BackupSection } from '../plan/plan.ts';
import type { Listing, RecoveryPoint } from './backup.ts';

/** Clocks of two machines may differ by so much without anything being wrong. */
export const CLOCK_SKEW_MS = 5 * 60_000;
/** A copy made within this time of the original is a second copy of it, not an old backup passed off as a new one. */
const COPY_MS = 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** Without a word of the plan a change of size is only worth a note: half, or three times, the usual size. */
const USUAL_SHRINK = 0.5;
const USUAL_GROW = 2;
/** So many earlier sizes make "usual". */
const SIZES_COMPARED = 7;

/** What the rules of the backup check look at: nothing else counts. */
export interface Looked {
  readonly section: BackupSection;
  readonly points: readonly RecoveryPoint[];
  /** The wall clock, ISO. */
  readonly now: string;
  /** Ids of points known to have exactly the bytes of the newest: by digest, or as the adapter can tell. */
  readonly sameBytes?: ReadonlySet<string>;
}

/** Freshness, dates, size and number of what a store holds, judged on the point that was stored last. An empty store is not judged here. */
export function checkListing(looked: Looked): readonly Finding[] {
  const [newest, ...older] = [...looked.points].sort((a, b) => Date.parse(b.availableAt) - Date.parse(a.availableAt));
  if (newest === undefined) return [];
  return [
    ...future(newest, looked),
    ...stale(newest, looked),
    ...redated(newest, looked),
    ...sameBytes(newest, older, looked),
    ...checkSize(
      newest,
      older.map(point => point.bytes),
      looked.section,
    ),
    ...tooFew(looked),
  ];
}

/** The chosen point against the sizes that earlier drills saw (newest first); what the listing said already is not said twice. */
export function checkHistory(
  point: RecoveryPoint,
  sizes: readonly number[],
  seen: { readonly section: BackupSection; readonly listing: Listing },
): readonly Finding[] {
  const said = new Set(seen.listing.findings.map(found => found.code));
  return checkSize(point, sizes, seen.section).filter(found => !said.has(found.code));
}

/** Required if the plan sets the limit, else a note: our own guess must not fail a healthy backup. */
export function checkSize(point: RecoveryPoint, earlier: readonly number[], section: BackupSection): readonly Finding[] {
  const { atLeastBytes, shrink, grow } = section.size;
  const found: Finding[] = [];
  if (atLeastBytes !== null && point.bytes < atLeastBytes) {
    found.push(check('backup.too-small', { unit: 'bytes', expected: atLeastBytes, observed: point.bytes }));
  }
  const usual = median(earlier.slice(0, SIZES_COMPARED));
  if (usual === undefined || usual === 0) return found;
  const sizes = { unit: 'bytes', expected: usual, observed: point.bytes };
  if (point.bytes < usual * (1 - (shrink ?? USUAL_SHRINK)))
    found.push(check('backup.size-shrunk', { ...sizes, required: shrink !== null }));
  if (point.bytes > usual * (1 + (grow ?? USUAL_GROW))) found.push(check('backup.size-grown', { ...sizes, required: grow !== null }));
  return found;
}

/** A date in the future says that a clock is wrong, not that the bytes are bad: the age cannot be told. */
function future(newest: RecoveryPoint, { now }: Looked): readonly Finding[] {
  const ahead = Math.max(Date.parse(newest.consistentAt ?? newest.availableAt), Date.parse(newest.availableAt)) - Date.parse(now);
  if (ahead <= CLOCK_SKEW_MS) return [];
  return [finding('backup.future-date', 'inconclusive', { probe: 'backup', unit: 'seconds', expected: 0, observed: seconds(ahead) })];
}

/** Not required: how much would be lost is judged by the RPO; this says that the job did not keep its promise. */
function stale(newest: RecoveryPoint, { section, now }: Looked): readonly Finding[] {
  if (section.job === null) return [];
  const promised = section.job.everyMs + section.job.graceMs;
  const age = Date.parse(now) - Date.parse(newest.consistentAt ?? newest.availableAt);
  return age <= promised
    ? []
    : [check('backup.stale', { required: false, unit: 'seconds', expected: seconds(promised), observed: seconds(age) })];
}

/** A new file with an old dump inside (failure mode A16). The RPO counts from the dump, so this explains rather than decides. */
function redated(newest: RecoveryPoint, { section }: Looked): readonly Finding[] {
  if (newest.consistentAt === null) return [];
  const apart = Date.parse(newest.availableAt) - Date.parse(newest.consistentAt);
  const allowed = section.job === null ? DAY_MS : Math.max(section.job.everyMs + section.job.graceMs, COPY_MS);
  if (apart <= allowed) return [];
  return [check('backup.redated', { required: false, unit: 'seconds', expected: seconds(allowed), observed: seconds(apart) })];
}

/**
 * The newest file has the bytes of one that was there long before: an old backup was stored again. If the dump says its own moment, the
 * RPO judges; if only its name or file date says that it is new, this is all the evidence there is, and it decides.
 */
function sameBytes(newest: RecoveryPoint, older: readonly RecoveryPoint[], looked: Looked): readonly Finding[] {
  const apart = (other: RecoveryPoint): number => Date.parse(newest.availableAt) - Date.parse(other.availableAt);
  const allowed = Math.min(COPY_MS, (looked.section.job?.everyMs ?? DAY_MS) / 2);
  const same = (other: RecoveryPoint): boolean =>
    looked.sameBytes?.has(other.id) ?? (newest.sha256 !== null && other.sha256 === newest.sha256);
  const copies = older.filter(other => same(other) && apart(other) > allowed);
  if (copies.length === 0) return [];
  return [
    check('backup.same-bytes', {
      required: newest.consistentBasis !== 'derived',
      unit: 'earlier backups',
      expected: 0,
      observed: copies.length,
    }),
  ];
}

function tooFew({ section, points }: Looked): readonly Finding[] {
  const { atLeast } = section.copies;
  if (atLeast === null || points.length >= atLeast) return [];
  return [check('backup.too-few', { unit: 'recovery points', expected: atLeast, observed: points.length })];
}

type Known =
  | 'backup.too-small'
  | 'backup.size-shrunk'
  | 'backup.size-grown'
  | 'backup.stale'
  | 'backup.redated'
  | 'backup.same-bytes'
  | 'backup.too-few';

function check(code: Known, facts: FindingFacts): Finding {
  return finding(code, 'failed', { probe: 'backup', ...facts });
}

function seconds(ms: number): number {
  return Math.round(ms / 1_000);
}

/** The middle of these values; of an even number of them the mean of the two middle ones. `undefined`: there is none. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)];
  const low = sorted[middle - 1];
  const high = sorted[middle];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
