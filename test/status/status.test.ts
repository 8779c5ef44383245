import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { statusOf } from '../../src/status/status.ts';
import type { Overview } from '../../src/store/state/overview.ts';
import type { PlanRow } from '../../src/store/state/plans.ts';
import { checked, drilled, dueIn, hoursAgo, matter, NOTHING, NOW, planned, worker } from './rows.ts';

const ehr = planned('ehr');

function look(overview: Partial<Overview>, plans: readonly PlanRow[] = [ehr]) {
  return statusOf({ now: NOW, plans, overview: { ...NOTHING, ...overview } });
}

test.each([
  { what: 'it was never drilled', overview: {}, standing: 'never-drilled' },
  { what: 'its last drill passed', overview: { drills: [drilled(ehr, 'passed')], checks: [checked(ehr, 0.5)] }, standing: 'passed' },
  { what: 'its last drill failed', overview: { drills: [drilled(ehr, 'failed')] }, standing: 'failed' },
  { what: 'it came back too late', overview: { drills: [drilled(ehr, 'objective-missed')] }, standing: 'objective-missed' },
  { what: 'no drill could tell', overview: { drills: [drilled(ehr, 'inconclusive')] }, standing: 'unclear' },
  {
    what: 'its newest backup is too old',
    overview: { drills: [drilled(ehr, 'passed')], checks: [checked(ehr, 1.1)] },
    standing: 'backup-too-old',
  },
  {
    what: 'the look at its backups found something',
    overview: { drills: [drilled(ehr, 'passed')], checks: [checked(ehr, 0.1, { outcome: 'failed' as const })] },
    standing: 'backup-failed',
  },
  { what: 'a drill is overdue', overview: { drills: [drilled(ehr, 'passed')], due: [dueIn(ehr, -7)] }, standing: 'overdue' },
  { what: 'a drill is due and not late yet', overview: { drills: [drilled(ehr, 'passed')], due: [dueIn(ehr, -5)] }, standing: 'passed' },
])('$what: $standing', ({ overview, standing }) => {
  const status = look(overview);

  expect(status.systems[0]?.standing).toBe(standing);
});

test('a plan that was changed since its last passed drill needs drilling', () => {
  const changed = { ...ehr, digest: 'b' };

  const status = look({ drills: [drilled(ehr, 'passed')] }, [changed]);

  expect(status.systems[0]).toMatchObject({ standing: 'needs-drilling', changedSincePass: true });
});

test('an inconclusive drill hides neither the one before it nor itself', () => {
  const before = drilled(ehr, 'passed', 30);
  const series = { ...before, last: { ...before.last, drill: 'd-2', verdict: 'inconclusive' as const } };

  const status = look({ drills: [series] });

  expect(status.systems[0]).toMatchObject({ standing: 'unclear', conclusive: { verdict: 'passed' }, last: { verdict: 'inconclusive' } });
});

test('the newest point of a system is that of the component that is worst off', () => {
  const two = planned('ehr', { components: ['database', 'documents'] });
  const checks = [checked(two, 0.2), checked(two, 0.9, { component: 'documents' })];

  const status = look({ checks }, [two]);

  expect(status.systems[0]?.newestPoint).toMatchObject({ component: 'documents', ageMs: 3_240_000, tooOld: false });
});

test.each([
  ['nobody looked at', [checked(ehr, 0.2)]],
  ['there is none of', [checked(ehr, 0.2), checked(ehr, null, { component: 'documents' })]],
])('a component whose newest point %s makes the age unknown', (_, checks) => {
  const two = planned('ehr', { components: ['database', 'documents'] });

  const status = look({ checks }, [two]);

  expect(status.systems[0]?.newestPoint).toBeNull();
});

test('the worst stands first: open matters before verdicts, then tier, then name', () => {
  const plans = [planned('good'), planned('failed'), planned('never', { tier: 2 }), planned('never1'), planned('p1'), planned('p4')];
  const passed = plans.filter(plan => plan.plan !== 'failed' && !plan.plan.startsWith('never')).map(plan => drilled(plan, 'passed'));
  const drills = [...passed, drilled(planned('failed'), 'failed')];

  const status = look({ drills, matters: [matter('p1', 'P1'), matter('p4', 'P4')] }, plans);

  expect(status.systems.map(system => system.plan)).toEqual(['p1', 'failed', 'never1', 'never', 'p4', 'good']);
  expect(status.bad).toBe(5);
});

test('who was called is told by the channel that got furthest', () => {
  const call = { client: 'lakeside', escalation: 'e-ehr', tier: 'L1', contact: 'on-call', at: NOW } as const;
  const calls = [
    { ...call, channel: 'sms', state: 'failed' as const },
    { ...call, channel: 'mail', state: 'accepted' as const },
    { ...call, tier: 'L2', contact: 'it-director', channel: 'mail', state: 'waiting' as const },
  ];

  const status = look({ matters: [matter('ehr', 'P2')], calls });

  expect(status.systems[0]?.matters[0]).toMatchObject({
    condition: 'drill-failed',
    ageMs: 7_200_000,
    called: [
      { tier: 'L1', contact: 'on-call', channels: ['sms', 'mail'], reached: 'sent' },
      { tier: 'L2', contact: 'it-director', channels: ['mail'], reached: 'on its way' },
    ],
  });
});

test('a matter of no plan that is known is shown all the same', () => {
  const status = look({ matters: [matter('gone', 'P2')] });

  expect(status.otherMatters.map(one => one.plan)).toEqual(['gone']);
});

test('workers that were not heard for three intervals are silent and come first; stopped ones are forgotten after a day', () => {
  const workers = [worker('a', 0.001), worker('b', 0.02), worker('c', 1, { state: 'stopped' }), worker('d', 30, { state: 'stopped' })];

  const status = look({ workers });

  expect(status.workers.map(one => [one.id, one.silent])).toEqual([
    ['b', true],
    ['a', false],
    ['c', false],
  ]);
});

test('every system is counted once, and only what passed and has no open matter is in order', () => {
  const verdicts = fc.constantFrom('passed', 'failed', 'objective-missed', 'inconclusive', undefined);
  fc.assert(
    fc.property(fc.array(fc.tuple(verdicts, fc.boolean()), { maxLength: 30 }), rows => {
      const plans = rows.map((_, at) => planned(`p${at}`));
      const drills = rows.flatMap(([verdict], at) => (verdict === undefined ? [] : [drilled(planned(`p${at}`), verdict)]));
      const matters = rows.flatMap(([, open], at) => (open ? [matter(`p${at}`, 'P4')] : []));
      const status = look({ drills, matters }, plans);
      expect(Object.values(status.counts).reduce((sum, count) => sum + count, 0)).toBe(rows.length);
      expect(status.bad).toBe(rows.filter(([verdict, open]) => verdict !== 'passed' || open).length);
    }),
  );
});

test('an age is never negative when clocks differ', () => {
  const status = look({ drills: [{ ...drilled(ehr, 'passed'), last: drilled(ehr, 'passed', -1).last }], checks: [checked(ehr, -1)] });

  expect(status.systems[0]?.newestPoint?.ageMs).toBe(0);
  expect(hoursAgo(-1) > NOW).toBe(true);
});

describe('what waits', () => {
  const far = planned('far', { site: 'far' });
  const huge = planned('huge', { limits: { cpus: null, memoryBytes: 2 ** 50, diskBytes: null } });
  const fine = planned('fine');
  const given = {
    ...{ now: NOW, plans: [far, huge, fine] },
    overview: { ...NOTHING, due: [dueIn(far, -1), dueIn(huge, -1), dueIn(fine, -1)] },
  };
  const hindrances = ({ systems }: ReturnType<typeof statusOf>) => systems.map(one => `${one.plan} ${one.hindrance}`).sort();
  const rack = worker('a', 0.001);

  test('is counted by site, with what cannot begin as things are', () => {
    const status = statusOf({ ...given, overview: { ...given.overview, workers: [rack] }, shared: true });

    expect(hindrances(status)).toEqual(['far site-unreachable', 'fine null', 'huge no-capacity']);
    expect(status.waiting).toEqual([
      { site: 'far', plans: 1, hindered: 1 },
      { site: 'rack', plans: 2, hindered: 1 },
    ]);
  });

  test.each([
    { what: 'the only machine does with what it has', workers: [rack], shared: false, expected: 'huge null' },
    {
      what: 'a worker that says nothing of its room may have it',
      workers: [worker('old', 0.001, { memoryBytes: null })],
      expected: 'huge null',
    },
    { what: 'a worker of every site takes it', workers: [worker('b', 0.001, { site: 'any' })], expected: 'far null' },
    {
      what: 'one that drains takes nothing',
      workers: [rack, worker('c', 0.001, { site: 'far', state: 'draining' })],
      expected: 'far site-unreachable',
    },
    { what: 'one that is silent takes nothing', workers: [rack, worker('d', 1, { site: 'far' })], expected: 'far site-unreachable' },
    { what: 'where nobody works at all, no plan is singled out', workers: [worker('d', 1)], expected: 'far null' },
  ])('$what', ({ workers, shared = true, expected }) => {
    const status = statusOf({ ...given, overview: { ...given.overview, workers }, shared });

    expect(hindrances(status)).toContain(expected);
  });

  test('what is not due yet, or runs, does not wait', () => {
    const due = [dueIn(far, 1), { ...dueIn(fine, -1), state: 'running' as const }];
    const status = statusOf({ ...given, overview: { ...NOTHING, due, workers: [rack] }, shared: true });

    expect(status.waiting).toEqual([]);
    expect(hindrances(status)).toEqual(['far null', 'fine null', 'huge null']);
  });
});
