import { describe, expect, test } from 'vitest';
import { agreements, coverageOf, dueOf, ledgerVerified, workerHeard, worstAgeOf } from '../../src/escalation/conditions-of.ts';
import { conditionsOfChecks, type Checked, type ChecksSeen } from '../../src/escalation/conditions-of-checks.ts';
import { conditionsOfDrill, type DrillSeen } from '../../src/escalation/conditions-of-drill.ts';
import type { Happening } from '../../src/escalation/seen.ts';
import { clinic, planOf } from './examples.ts';

const source = { at: '2026-11-10T12:00:00.000Z', seq: 7, system: 'lakeside-ehr', plan: 'lakeside-ehr' };

/** `drill-failed`, and proofs with `+` or, if they say the opposite, `-`. */
function said(happenings: readonly Happening[]): readonly string[] {
  return happenings.map(one => (one.kind === 'observed' ? one.condition : `${one.holds ? '+' : '-'}${one.of}`));
}

describe('a finished drill', () => {
  const drill = (more: Partial<DrillSeen>): readonly Happening[] =>
    conditionsOfDrill({
      ...source,
      ...{
        drill: 'd-1',
        verdict: 'passed',
        trigger: 'schedule',
        components: ['database'],
        findings: [],
        reasons: [],
        earlier: [],
        rowsBefore: null,
      },
      ...more,
    });

  test.each<[DrillSeen['verdict'], DrillSeen['earlier'], readonly string[]]>([
    ['passed', [], ['+drill-conclusive', '+drill-passed']],
    ['passed', ['passed', 'inconclusive', 'passed'], ['+drill-conclusive', '+drill-passed', '+three-passed']],
    ['failed', [], ['drill-failed', '+drill-conclusive', '-drill-passed', '-three-passed']],
    ['objective-missed', [], ['objective-missed', '+drill-conclusive', '-drill-passed', '-three-passed']],
    ['inconclusive', ['failed'], ['drill-inconclusive']],
    [
      'failed',
      ['passed', 'failed', 'objective-missed'],
      ['drill-failed', 'drill-unreliable', '+drill-conclusive', '-drill-passed', '-three-passed'],
    ],
  ])('%s after %j', (verdict, earlier, expected) => {
    expect(said(drill({ verdict, earlier }))).toEqual(expected);
  });

  test('counts in a row over inconclusive ones, and inconclusive ones only without a break', () => {
    const row = (verdict: DrillSeen['verdict'], earlier: DrillSeen['earlier']) =>
      drill({ verdict, earlier }).map(one => (one.kind === 'observed' ? one.inARow : 0))[0];

    expect(row('failed', ['inconclusive', 'failed', 'passed'])).toBe(2);
    expect(row('inconclusive', ['inconclusive', 'passed', 'inconclusive'])).toBe(2);
  });

  test('suggests tampering by a changed digest or by many rows gone, not by a few', () => {
    const found = (code: 'backup.digest-mismatch' | 'inventory.rows-missing', expected: number, observed: number) =>
      ({ code, component: 'database', required: true, outcome: 'failed', expected, observed }) as const;
    const suspect = (finding: DrillSeen['findings'][number], rowsBefore: number | null) =>
      said(drill({ verdict: 'failed', findings: [finding], rowsBefore })).includes('integrity-suspect');

    expect(suspect(found('backup.digest-mismatch', 0, 0), null)).toBe(true);
    expect(suspect(found('inventory.rows-missing', 1000, 699), 1000)).toBe(true);
    expect(suspect(found('inventory.rows-missing', 1000, 699), 10_000)).toBe(false);
    expect(suspect(found('inventory.rows-missing', 1000, 990), null)).toBe(false);
  });
});

describe('a backup check', () => {
  const plan = planOf().components.map(component => component.name);
  const rules = {
    plan: planOf(),
    client: clinic(),
  };
  const withJob = {
    ...rules,
    plan: {
      ...rules.plan,
      components: rules.plan.components.map(component => ({
        ...component,
        backup: component.backup && { ...component.backup, job: { everyMs: 3_600_000, graceMs: 900_000 } },
      })),
    },
  };
  const ago = (minutes: number): string => new Date(Date.parse(source.at) - minutes * 60_000).toISOString();
  const point = (minutes: number, id = 'p2') => ({ id, consistentAt: ago(minutes), availableAt: ago(minutes) });
  const passed: Checked = { outcome: 'passed', codes: [], newest: 'p2' };
  const failed: Checked = { outcome: 'failed', codes: ['backup.truncated'], newest: 'p1' };
  const unclear: Checked = { outcome: 'inconclusive', codes: ['select.store-unreadable'], newest: null };
  const check = (checks: readonly Checked[], more: Partial<ChecksSeen> = {}) =>
    said(
      conditionsOfChecks(
        { ...source, component: plan[0] ?? '', checks, newest: point(10), newestValid: point(10), since: ago(10_000), ...more },
        withJob,
      ),
    );
  const FRESH = ['+point-new', '+point-there', '+point-fresh'];

  test('that failed once, twice, and passed again', () => {
    expect(check([failed, passed])).toEqual(['backup-failed', '-check-passed', ...FRESH]);
    expect(check([failed, unclear, failed])).toEqual(['backup-failing', '-check-passed', ...FRESH]);
    expect(check([passed, failed, failed])).toEqual(['+check-passed', '+check-passed-new-point', ...FRESH]);
    expect(check([{ ...passed, newest: 'p1' }, failed])).toEqual(['+check-passed', ...FRESH]);
    expect(check([unclear, failed])).toEqual(FRESH);
  });

  test('judges the age of the newest good point at RPO and grace, and at a day', () => {
    const ages = [75, 76, 1440, 1441].map(minutes => check([unclear], { newestValid: point(minutes) }).slice(1));

    expect(ages).toEqual([
      ['+point-there', '+point-fresh'],
      ['recovery-point-stale', '+point-there'],
      ['recovery-point-stale', '+point-there'],
      ['recovery-point-none'],
    ]);
  });

  test('says nothing of points that nobody could look at, until a day is over', () => {
    const empty = { newest: null, newestValid: null };

    expect(check([unclear], { ...empty, since: ago(60) })).toEqual([]);
    expect(check([unclear], { ...empty, since: ago(1441) })).toEqual(['backup-overdue', 'recovery-point-none']);
    expect(check([failed], { ...empty, since: ago(60) })).toEqual(['backup-failed', '-check-passed', 'recovery-point-none']);
  });

  test('takes a point of unknown age as evidence of nothing', () => {
    expect(check([passed], { newestValid: { ...point(10), consistentAt: null } }).slice(2)).toEqual(['+point-new']);
  });

  test('misses a new point after one and a half intervals', () => {
    expect([90, 91].map(minutes => check([unclear], { newest: point(minutes) })[0])).toEqual(['+point-new', 'backup-overdue']);
  });
});

describe('what else happens', () => {
  test('a worker is silent after three intervals', () => {
    const heard = (heartbeatAt: string) => said([workerHeard(source, { heartbeatAt, intervalMs: 60_000 })]);

    expect([heard('2026-11-10T11:57:00Z'), heard('2026-11-10T11:56:59Z')]).toEqual([['+heartbeat'], ['worker-silent']]);
  });

  test('a ledger verifies or was altered', () => {
    expect(said([true, false].map(verified => ledgerVerified(source, { verified, size: 9 })))).toEqual([
      '+ledger-verified',
      'ledger-altered',
    ]);
  });

  test('an agreement expires, and has expired', () => {
    const of = (expires: string) =>
      said(
        agreements(source, clinic({ vendors: [{ name: 'EHR Vendor, Inc.', baa: { reference: 'B-1', signed: '2024-01-01', expires } }] })),
      );

    expect(['2026-12-11', '2026-12-10', '2026-11-10', '2026-11-09'].map(of)).toEqual([
      ['+baa-renewed'],
      ['baa-expiring'],
      ['baa-expiring'],
      ['baa-expired'],
    ]);
  });

  test('a system without owner, or never drilled, is not covered', () => {
    const owned = planOf('system: { owner: it-director }\n');

    expect(said(coverageOf(source, undefined, new Set()))).toEqual(['coverage']);
    expect(said(coverageOf(source, owned, new Set()))).toEqual(['coverage']);
    expect(said(coverageOf(source, owned, new Set(['database'])))).toEqual(['+plan-approved']);
  });

  test('dates pass, and days keep the objective or do not', () => {
    const due = (by: string, done: boolean) => said(dueOf('report-late', source, { by, done }));

    expect([due('2026-11-11T00:00:00Z', false), due('2026-11-10T00:00:00Z', false), due('2026-11-10T00:00:00Z', true)]).toEqual([
      [],
      ['report-late'],
      ['+report-issued'],
    ]);
    expect(said([1, 3, null].map(worstAgeMs => worstAgeOf(source, { day: '2026-11-09', worstAgeMs, rpoMs: 2 })))).toEqual([
      '+age-kept',
      'objective-missed',
      'objective-missed',
    ]);
  });
});
