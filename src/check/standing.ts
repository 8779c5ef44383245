import type { CheckedPoint } from '../backup/backup-check.ts';
import type { JobState } from '../backup/job-state.ts';
import type { BackupCheckRow } from '../store/state/backup-checks.ts';

/** What the conditions of escalation.md, section 2, ask of a component's backups. */
export interface Standing {
  readonly outcome: BackupCheckRow['outcome'];
  /** Failed checks since the last that passed. One that could not tell neither counts nor ends the row. */
  readonly failedInARow: number;
  readonly inconclusiveInARow: number;
  /** The newest valid point that any check saw, with its age now. `null`: none ever. */
  readonly newest: CheckedPoint | null;
  /** When it was last seen in the store. */
  readonly newestSeenAt: string | null;
  /** This check saw a valid point that the one before did not: with it and a pass `backup-failing` is over. */
  readonly newPoint: boolean;
  readonly job: JobState;
}

/** Pure. `rows` newest first; `lastWithPoint` is the last check that saw a valid point, which may be older than all of them. */
export function standingOf(
  rows: readonly BackupCheckRow[],
  known: { readonly lastWithPoint: BackupCheckRow | undefined; readonly job: JobState; readonly now: string },
): Standing {
  const decided = rows.filter(row => row.outcome !== 'inconclusive');
  const pointRow = rows.find(row => row.newest !== null) ?? known.lastWithPoint;
  return {
    outcome: rows[0]?.outcome ?? 'inconclusive',
    failedInARow: until(decided, row => row.outcome !== 'failed'),
    inconclusiveInARow: until(rows, row => row.outcome !== 'inconclusive'),
    newest: pointRow?.newest === undefined || pointRow.newest === null ? null : aged(pointRow.newest, known.now),
    newestSeenAt: pointRow?.at ?? null,
    newPoint: rows[0]?.arrived.some(point => point.valid) ?? false,
    job: known.job,
  };
}

function until(rows: readonly BackupCheckRow[], ends: (row: BackupCheckRow) => boolean): number {
  const end = rows.findIndex(ends);
  return end < 0 ? rows.length : end;
}

function aged(point: CheckedPoint, now: string): CheckedPoint {
  const { consistentAt } = point;
  return { ...point, ageMs: consistentAt === null ? null : Math.max(0, Date.parse(now) - Date.parse(consistentAt)) };
}
