import { finding, type Finding, type Outcome } from '../finding/finding.ts';
import type { BackupSection, Contract } from '../plan/plan.ts';
import type { Listing, RecoveryPoint } from './backup.ts';
import { checkHistory, checkListing, CLOCK_SKEW_MS } from './check.ts';
import { newestFirst } from './choose.ts';
import { checkFresh } from './fresh.ts';
import { checkJob } from './job-check.ts';
import type { JobState } from './job-state.ts';
import { checkKeeping } from './keeping.ts';

/** The look at the store, or why there was none: the code of our own error, never a text. */
export type Looked = Listing | { readonly couldNot: string };

export interface CheckAsked {
  readonly component: string;
  readonly looked: Looked;
  /** What a look at the bytes of single points gave, by id; a point without any was not looked at. */
  readonly inspected?: ReadonlyMap<string, readonly Finding[]>;
  readonly section: BackupSection;
  readonly contract: Pick<Contract, 'rpoMs'>;
  /** The wall clock, ISO. */
  readonly now: string;
  readonly history: CheckHistory;
}

/** What earlier checks saw. */
export interface CheckHistory {
  /** Bytes of the newest points that earlier checks saw, newest first; one per point. */
  readonly sizes: readonly number[];
  /** What the job says of itself; `null` if that is not kept. */
  readonly job: JobState | null;
}

/** A recovery point in the words of a `backup-checked` entry (evidence.md, section 4). */
export interface CheckedPoint {
  readonly id: string;
  readonly consistentAt: string | null;
  readonly availableAt: string;
  /** Of its data, at the moment of the check. `null`: the point does not say its moment. */
  readonly ageMs: number | null;
}

/** The conclusion of one look at one component's backups. */
export interface BackupCheck {
  readonly outcome: Exclude<Outcome, 'skipped'>;
  readonly findings: readonly Finding[];
  /** The newest point that nothing speaks against; `null`: there is none, or nobody could look. */
  readonly newest: CheckedPoint | null;
  /** Its size. */
  readonly bytes: number | null;
  /** Every point in the store and whether it is valid, newest first. */
  readonly seen: readonly (CheckedPoint & { readonly valid: boolean })[];
  /** How many points were there. */
  readonly points: number;
  /** Moment of the oldest of them. */
  readonly oldest: string | null;
}

/**
 * The backup check: what is in the store against what the plan, the contract and the history let expect. Pure. A store that could not be
 * looked at is inconclusive, an empty one failed; only required findings decide.
 */
export function concludeCheck(asked: CheckAsked): BackupCheck {
  const named = (found: readonly Finding[]): readonly Finding[] =>
    found.map(one => (one.component === null ? { ...one, component: asked.component } : one));
  const job = checkJob(asked.history.job, asked.section.job);
  if ('couldNot' in asked.looked) {
    const unread = finding('select.store-unreadable', 'inconclusive', { probe: 'backup', object: asked.looked.couldNot });
    return { ...NOTHING, ...decided(named([unread, ...job])) };
  }
  const listing = asked.looked;
  const said = saidOf(listing, asked);
  const valid = new Set(validPoints(listing.points, said, asked).filter(point => !isBad(point, asked)));
  const points = newestFirst(listing.points);
  const newest = points.find(point => valid.has(point));
  const findings = [
    ...said,
    ...none(listing),
    ...ofBytes(points, newest, asked),
    ...checkFresh(newest, said, asked),
    ...checkKeeping(listing.points, asked.section, asked.now),
    ...job,
  ];
  return {
    ...decided(named(findings)),
    newest: newest === undefined ? null : checkedPoint(newest, asked.now),
    bytes: newest?.bytes ?? null,
    seen: points.map(point => ({ ...checkedPoint(point, asked.now), valid: valid.has(point) })),
    points: points.length,
    oldest: oldestOf(points),
  };
}

const NOTHING = { newest: null, bytes: null, seen: [], points: 0, oldest: null } as const;

function decided(findings: readonly Finding[]): Pick<BackupCheck, 'outcome' | 'findings'> {
  const has = (outcome: Outcome): boolean => findings.some(found => found.required && found.outcome === outcome);
  return { outcome: has('failed') ? 'failed' : has('inconclusive') ? 'inconclusive' : 'passed', findings };
}

/** What the adapter said, and the rules of every store where it did not. Freshness is judged here: a check requires what a drill only notes. */
function saidOf(listing: Listing, { section, now, history }: CheckAsked): readonly Finding[] {
  const known = new Set(listing.findings.map(found => found.code));
  const rules = checkListing({ section, points: listing.points, now }).filter(found => !known.has(found.code));
  const said = [...listing.findings, ...rules].filter(found => found.code !== 'backup.stale');
  const newest = lastStored(listing.points);
  if (newest === undefined) return said;
  return [...said, ...checkHistory(newest, history.sizes, { section, listing: { ...listing, findings: said } })];
}

function lastStored(points: readonly RecoveryPoint[]): RecoveryPoint | undefined {
  return [...points].sort((a, b) => Date.parse(b.availableAt) - Date.parse(a.availableAt))[0];
}

/** They speak against the point that was stored last, not against the store. */
const AGAINST_LAST: ReadonlySet<string> = new Set(['backup.size-shrunk', 'backup.size-grown', 'backup.same-bytes']);

/** Points that failed a backup check do not exist (measurement.md, section 8). */
function validPoints(points: readonly RecoveryPoint[], said: readonly Finding[], { section, now }: CheckAsked): readonly RecoveryPoint[] {
  const against = said.filter(found => found.required && found.outcome === 'failed' && AGAINST_LAST.has(found.code));
  const last = against.length > 0 ? lastStored(points) : undefined;
  const again = new Set(against.some(found => found.code === 'backup.same-bytes') ? storedAgain(points) : []);
  const limit = Date.parse(now) + CLOCK_SKEW_MS;
  const least = section.size.atLeastBytes ?? 0;
  return points.filter(point => point !== last && !again.has(point) && point.bytes >= least && latestOf(point) <= limit);
}

/** By its own bytes it would not come back. */
function isBad({ id }: RecoveryPoint, { inspected }: CheckAsked): boolean {
  return inspected?.get(id)?.some(found => found.required && found.outcome === 'failed') ?? false;
}

/** Of the newest valid point and of those that should have been newer: what is bad further back has been told before. */
function ofBytes(points: readonly RecoveryPoint[], newest: RecoveryPoint | undefined, { inspected }: CheckAsked): readonly Finding[] {
  const end = newest === undefined ? points.length : points.indexOf(newest) + 1;
  return points.slice(0, end).flatMap(({ id }) => inspected?.get(id) ?? []);
}

/** Whoever stores an old backup anew today did so yesterday: of points like the last one only the first is what it says it is. */
function storedAgain(points: readonly RecoveryPoint[]): readonly RecoveryPoint[] {
  const last = lastStored(points);
  return points
    .filter(point => point.bytes === last?.bytes && point.consistentBasis !== 'derived')
    .sort((a, b) => Date.parse(a.availableAt) - Date.parse(b.availableAt))
    .slice(1);
}

function latestOf(point: RecoveryPoint): number {
  return Math.max(Date.parse(point.consistentAt ?? point.availableAt), Date.parse(point.availableAt));
}

function none(listing: Listing): readonly Finding[] {
  if (listing.points.length > 0) return [];
  return [finding('select.no-recovery-point', 'failed', { probe: 'backup', unit: 'files looked at', observed: listing.looked })];
}

function checkedPoint({ id, consistentAt, availableAt }: RecoveryPoint, now: string): CheckedPoint {
  const ageMs = consistentAt === null ? null : Math.max(0, Date.parse(now) - Date.parse(consistentAt));
  return { id, consistentAt, availableAt, ageMs };
}

function oldestOf(points: readonly RecoveryPoint[]): string | null {
  const moments = points.map(point => point.consistentAt ?? point.availableAt).sort();
  return moments[0] ?? null;
}
