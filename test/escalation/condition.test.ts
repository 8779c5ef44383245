import { describe, expect, test } from 'vitest';
import { conditionRules, severityOf, type Condition } from '../../src/escalation/condition.ts';
import { breachClocks, noticeGiven } from '../../src/escalation/breach-clock.ts';
import { contentOf } from '../../src/escalation/content.ts';
import { handOffAt, handOffTimes } from '../../src/escalation/hand-off.ts';
import { keyOf } from '../../src/escalation/matter.ts';
import { step } from '../../src/escalation/step.ts';
import { judgeWindows } from '../../src/escalation/window.ts';
import { clinic, planOf, rulesOf, seen, vectors } from './examples.ts';

const tierOf = (tier: number) => {
  const plan = planOf();
  return { ...plan, system: { ...plan.system, tier } };
};
const severity = (condition: Condition, tier: number, inARow = 1) =>
  severityOf(condition, { plan: tierOf(tier), client: clinic(), inARow });

describe('the severity of a condition', () => {
  test.each(vectors.tier)('$id: $condition of tier $tier is $severity', ({ condition, tier, severity: expected }) => {
    expect(severity(condition, tier)).toBe(expected);
  });

  // Tier 1, 2, 3, 4; of tier 1 the second and third time in a row.
  test.each<[Condition, string]>([
    ['integrity-suspect', 'P1 P1 P1 P1 | P1 P1'],
    ['ledger-altered', 'P1 P1 P1 P1 | P1 P1'],
    ['recovery-point-none', 'P1 P2 P3 P4 | P1 P1'],
    ['clinical-stop', 'P1 P2 P3 P4 | P1 P1'],
    ['drill-failed', 'P2 P3 P4 P4 | P1 P1'],
    ['objective-missed', 'P2 P3 P4 P4 | P2 P2'],
    ['drill-unreliable', 'P2 P3 P4 P4 | P2 P2'],
    ['recovery-point-stale', 'P2 P3 P4 P4 | P2 P2'],
    ['backup-failing', 'P2 P3 P4 P4 | P2 P2'],
    ['drift-near-breach', 'P2 P3 P4 P4 | P2 P2'],
    ['worker-silent', 'P2 P3 P4 P4 | P2 P2'],
    ['notification-failed', 'P2 P3 P4 P4 | P2 P2'],
    ['backup-failed', 'P3 P4 P4 P4 | P3 P3'],
    ['backup-overdue', 'P3 P4 P4 P4 | P3 P3'],
    ['drill-missed', 'P3 P4 P4 P4 | P3 P3'],
    ['drift', 'P3 P4 P4 P4 | P3 P3'],
    ['headroom', 'P3 P4 P4 P4 | P3 P3'],
    ['drill-inconclusive', 'P4 P4 P4 P4 | P3 P2'],
    ['coverage', 'P3 P4 P4 P4 | P3 P3'],
    ['review-overdue', 'P3 P4 P4 P4 | P3 P3'],
    ['remediation-overdue', 'P3 P4 P4 P4 | P3 P3'],
    ['anchor-overdue', 'P3 P4 P4 P4 | P3 P3'],
    ['break-glass-unreviewed', 'P3 P4 P4 P4 | P3 P3'],
    ['baa-expired', 'P3 P4 P4 P4 | P3 P3'],
    ['baa-expiring', 'P4 P4 P4 P4 | P4 P4'],
    ['report-late', 'P4 P4 P4 P4 | P4 P4'],
  ])('%s is as the table has it', (condition, expected) => {
    const tiers = [1, 2, 3, 4].map(tier => severity(condition, tier)).join(' ');
    expect(`${tiers} | ${severity(condition, 1, 2)} ${severity(condition, 1, 3)}`).toBe(expected);
  });

  test('is what the plan says, else what the client says, but never less where it is never lowered', () => {
    const client = clinic({ escalation: { severity: { 'drill-missed': 'P1', failed: 'P4', 'integrity-suspect': 'P4' } } });
    const plan = planOf('escalation: { severity: { failed: P3 } }\n', client);
    const of = (condition: Condition, inARow = 1) => severityOf(condition, { plan, client, inARow });

    expect([of('drill-failed'), of('drill-failed', 2), of('drill-missed'), of('integrity-suspect')]).toEqual(['P3', 'P2', 'P1', 'P1']);
  });

  test('of what belongs to no plan is that of tier 1', () => {
    expect(severityOf('worker-silent', { plan: undefined, client: clinic(), inARow: 1 })).toBe('P2');
  });
});

test('a key is never longer than paging services take', () => {
  const long = keyOf({ client: 'lakeside', system: 'x'.repeat(300), condition: 'drill-failed' });

  expect(keyOf({ client: 'lakeside', system: 'lakeside-ehr', condition: 'drill-failed' })).toBe('lakeside/lakeside-ehr/drill-failed');
  expect(long).toMatch(/^.{190}#[0-9a-f]{64}$/);
});

describe('EX-16: notices of a breach', () => {
  const { discoveredAt, initialBy, formalBy, lawOuterLimit, sent } = vectors.notice;
  const clocks = breachClocks(discoveredAt, clinic());
  const iso = (at: string) => new Date(at).toISOString();

  test('are due by contract and by law', () => {
    expect([clocks.initialBy, clocks.formalBy, clocks.lawBy]).toEqual([iso(initialBy), iso(formalBy), iso(lawOuterLimit)]);
  });

  test('are given only when both mail and phone were', () => {
    const given = (count: number, now: string) => noticeGiven({ dueBy: clocks.initialBy, by: clocks.by }, sent.slice(0, count), now);

    expect(given(2, '2026-11-10T00:00:00Z')).toBe(vectors.notice.initialLate ? 'late' : 'in-time');
    expect([given(1, '2026-11-09T02:00:00Z'), given(1, '2026-11-09T16:00:00Z')]).toEqual(['running', 'late']);
    expect(noticeGiven({ dueBy: clocks.formalBy, by: clocks.by }, sent, '2026-11-20T00:00:00Z')).toBe('in-time');
  });
});

describe('maintenance windows of a month', () => {
  const window = (start: string, end: string, approvedAt = '2026-11-01T00:00:00Z') =>
    ({ start, end, systems: ['lakeside-ehr'], reason: 'update', approvedBy: 'it-director', approvedAt }) as const;
  const judged = (windows: readonly object[]) =>
    judgeWindows(clinic({ windows })).map(({ refused, beyondMs }) => [refused, beyondMs / 3_600_000]);

  test('EX-22: one approved after it began counts for nothing', () => {
    expect(judged([window('2026-11-10T22:00:00Z', '2026-11-11T00:00:00Z', '2026-11-10T22:05:00Z')])).toEqual([['approved-late', 2]]);
  });

  test('are at most four, and eight hours together', () => {
    const long = [5, 6, 7].map(day => window(`2026-11-1${day}T04:00:00Z`, `2026-11-1${day}T07:00:00Z`));
    const short = [1, 2, 3, 4, 5].map(day => window(`2026-11-1${day}T04:00:00Z`, `2026-11-1${day}T05:00:00Z`));

    expect(judged([...long, window('2026-12-10T04:00:00Z', '2026-12-10T05:00:00Z')])).toEqual([
      [null, 0],
      [null, 0],
      [null, 1],
      [null, 0],
    ]);
    expect(judged(short).map(([refused]) => refused)).toEqual([null, null, null, null, 'too-many']);
  });
});

describe('hand-off', () => {
  const shifts = clinic({
    contacts: Object.fromEntries(
      ['day', 'night', 'lead'].map(name => [name, { name, phone: '+1 312 555 0100', calendar: name === 'lead' ? 'day' : name }]),
    ),
    ladder: { L1: ['day', 'night'], L2: ['lead'] },
    ...{ vendors: [], mayDeclareClinical: [] },
    calendars: { day: { hours: ['DAILY 07:00-19:00'] }, night: { hours: ['DAILY 19:00-07:00'] } },
  });
  const open = step(undefined, seen('drill-failed', '2026-11-10T20:00:00Z'), rulesOf(shifts)).matter;

  test('comes at 07:00 and 19:00 on the wall clock, also when the clocks change', () => {
    expect(handOffTimes(shifts, '2026-10-31T12:00:00Z', '2026-11-02T00:00:00Z')).toEqual(
      ['2026-10-31T12:00', '2026-11-01T00:00', '2026-11-01T13:00'].map(at => `${at}:00.000Z`),
    );
  });

  test('names who goes, who comes and what is open', () => {
    const handOff = handOffAt(shifts, '2026-11-11T01:00:00.000Z', open === undefined ? [] : [open]);

    expect(handOff).toMatchObject({
      leaving: ['day', 'lead'],
      coming: ['night'],
      acknowledgeBy: '2026-11-11T01:30:00.000Z',
      otherwise: ['lead'],
    });
    expect(handOff?.matters).toMatchObject([{ severity: 'P2', state: 'open', lastNoteAt: null }]);
    expect(handOffAt(shifts, '2026-11-11T01:00:00.000Z', [])).toBeUndefined();
  });
});

test('every condition has a plain sentence without a code, and the page of its finding', () => {
  const facts = { tier: 'L1', verdict: null, recoveryTimeMs: null, recoveryPointAgeMs: null, url: null } as const;
  const contents = (Object.keys(conditionRules) as Condition[]).map(condition => {
    const event = seen(condition, '2026-11-10T08:00:00Z', { by: 'it-director', codes: ['restore.truncated'] });
    const { matter } = step(undefined, event, rulesOf());
    if (matter === undefined) throw new Error(condition);
    return contentOf(matter, rulesOf(), facts);
  });

  expect(contents.filter(({ summary }) => !/^[A-Z][^{}_]{20,200}$|^lakeside-ehr /.test(summary))).toEqual([]);
  expect(new Set(contents.map(({ runbook }) => runbook))).toEqual(new Set(['runbooks/response/restore.truncated.md']));
});
