import type { BackupCheck } from '../backup/backup-check.ts';
import type { Entry } from '../evidence/entry.ts';
import type { ArrivedPoint, BackupCheckRow } from '../store/state/backup-checks.ts';

export interface RowTerms {
  readonly plan: string;
  readonly component: string;
  readonly at: string;
  readonly dueAt: string | null;
  /** Checks before, newest first. */
  readonly before: readonly BackupCheckRow[];
}

/** A first check remembers so much of the past, so that the first day has a history. */
const FIRST_MS = 48 * 3_600_000;
/** No store gets so many points between two checks; whoever fills one at once is remembered in part. */
const MOST_ARRIVED = 500;

/** What is kept of a check. */
export function checkRow(check: BackupCheck, terms: RowTerms): BackupCheckRow {
  const { plan, component, at, dueAt } = terms;
  return {
    ...{ plan, component, at, dueAt },
    outcome: check.outcome,
    codes: codesOf(check),
    newest: check.newest,
    points: check.points,
    bytes: check.bytes,
    arrived: arrivedOf(check, terms),
  };
}

/** The `backup-checked` entry: when the outcome differs from the check before, or is not passed (evidence.md, section 4). */
export function checkEntry(row: BackupCheckRow, before: BackupCheckRow | undefined, worker: string): Entry | undefined {
  if (row.outcome === 'passed' && before?.outcome === 'passed') return undefined;
  const { plan, component, outcome, codes, newest } = row;
  return { type: 'backup-checked', actor: { kind: 'worker', id: worker }, fields: { plan, component, outcome, codes, newest } };
}

/** Sizes of the points that earlier checks saw as newest, newest first; each point once, and not the one that is judged. */
export function earlierSizes(rows: readonly BackupCheckRow[]): readonly number[] {
  const sizes = new Map<string, number>();
  for (const { newest, bytes } of rows) if (newest !== null && bytes !== null && !sizes.has(newest.id)) sizes.set(newest.id, bytes);
  return [...sizes.values()];
}

function codesOf({ findings }: BackupCheck): readonly string[] {
  const bad = findings.filter(({ outcome }) => outcome === 'failed' || outcome === 'inconclusive');
  return [...new Set(bad.map(({ code }) => code))].sort();
}

/** Points that became available after everything that earlier checks saw; the first check looks back two days. */
function arrivedOf({ seen, newest }: BackupCheck, { at, before }: RowTerms): readonly ArrivedPoint[] {
  const known = before.flatMap(row => [...row.arrived, ...(row.newest === null ? [] : [row.newest])]);
  const ids = new Set(known.map(point => point.id));
  const last = known.reduce((latest, { availableAt }) => Math.max(latest, Date.parse(availableAt)), -Infinity);
  const since = last === -Infinity ? Date.parse(at) - FIRST_MS : last;
  return seen
    .filter(point => !ids.has(point.id) && (Date.parse(point.availableAt) >= since || point.id === newest?.id))
    .slice(0, MOST_ARRIVED);
}
