import { describe, expect, it } from 'vitest';
import { backupDay, type DayFacts } from '../../src/check/backup-day.ts';
import { localDayOf } from '../../src/check/local-day.ts';
import { entrySchemas } from '../../src/evidence/entry.ts';
import type { ArrivedPoint, BackupCheckRow } from '../../src/store/state/backup-checks.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-11-02T00:00:00.000Z');
const at = (minutes: number): string => new Date(START + minutes * MINUTE).toISOString();
const arrived = (id: string, made: number, there: number): ArrivedPoint => ({
  ...{ id, valid: true, ageMs: null },
  consistentAt: at(made),
  availableAt: at(there),
});

function row(minutes: number, rest: Partial<BackupCheckRow> = {}): BackupCheckRow {
  const base = {
    plan: 'ehr',
    component: 'database',
    outcome: 'passed',
    codes: [],
    newest: null,
    points: 1,
    bytes: 1,
    arrived: [],
  } as const;
  return { ...base, at: at(minutes), dueAt: at(minutes), ...rest };
}

function dayOf(facts: Partial<DayFacts>): ReturnType<typeof backupDay> {
  const day = localDayOf('2026-11-02', 'UTC');
  const base = { plan: 'ehr', timeZone: 'UTC', day, rpoMs: 60 * MINUTE, components: ['database'], expected: 4, skipped: 0 };
  return backupDay({ ...base, rows: [], before: [], ...facts });
}

describe('a day of backup checks', () => {
  it('on which nothing ran has missed them all, and no age below the objective', () => {
    expect(dayOf({})).toEqual({
      ...{ plan: 'ehr', day: '2026-11-02', timeZone: 'UTC', expected: 4, done: 0, skipped: 0, missed: 4 },
      outcomes: { passed: 0, failed: 0, inconclusive: 0 },
      components: [{ component: 'database', points: 0, verified: 0, failed: 0, worstAgeMs: null, aboveTargetMs: 1440 * MINUTE }],
    });
  });

  it('is judged by the age just before each new point, and at its end', () => {
    const before = [row(-10, { newest: { id: 'p0', consistentAt: at(-60), availableAt: at(-45), ageMs: 0 } })];
    const rows = [row(15, { arrived: [arrived('p1', 0, 15)] }), row(300, { arrived: [arrived('p2', 280, 295)] })];

    // Until 00:15 the point of 23:00 counts (75 min), until 04:55 that of 00:00 (295 min), until midnight that of 04:40 (1160 min).
    expect(dayOf({ rows, before }).components).toEqual([
      {
        ...{ component: 'database', points: 2, verified: 2, failed: 0 },
        worstAgeMs: 1160 * MINUTE,
        aboveTargetMs: (15 + (295 - 60) + (1440 - 340)) * MINUTE,
      },
    ]);
  });

  it('does not count points that failed, except as failures', () => {
    const good = row(15, { arrived: [arrived('p1', 0, 10)] });
    const bad = row(30, { outcome: 'failed', arrived: [{ ...arrived('p2', 20, 25), valid: false }] });

    expect(dayOf({ rows: [good, bad] }).components).toMatchObject([{ points: 2, verified: 1, failed: 1, worstAgeMs: 1440 * MINUTE }]);
  });

  it('counts an occurrence once, by its worst component; a check that somebody asked for is none', () => {
    const rows = [
      row(0),
      row(0, { component: 'documents', outcome: 'failed' }),
      row(15, { outcome: 'inconclusive' }),
      row(20, { dueAt: null }),
    ];

    expect(dayOf({ rows, skipped: 1, components: ['database', 'documents'] })).toMatchObject({
      ...{ expected: 4, done: 2, skipped: 1, missed: 1 },
      outcomes: { passed: 0, failed: 1, inconclusive: 1 },
    });
  });

  it('takes a point of the evening that the first check after midnight sees, and not those of the next day', () => {
    const rows = [row(1445, { arrived: [arrived('p1', 1430, 1438), arrived('p2', 1440, 1444)] })];

    expect(dayOf({ rows })).toMatchObject({ done: 0, components: [{ points: 1, verified: 1 }] });
  });

  it('is of the shape that the ledger allows', () => {
    const fields = dayOf({ rows: [row(0, { arrived: [arrived('p', 0.5, 0.2)] })] });

    expect(entrySchemas['backup-day'].parse(fields)).toEqual(fields);
  });
});
