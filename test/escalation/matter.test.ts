import { describe, expect, test } from 'vitest';
import type { MatterEvent } from '../../src/escalation/matter.ts';
import { ladderTimes } from '../../src/escalation/ladder.ts';
import { nextAt, step, type StepEvent } from '../../src/escalation/step.ts';
import { entrySchemas, type EntryType } from '../../src/evidence/entry.ts';
import { clinic, notified, play, rulesOf, sealed, seen, shown, vectors } from './examples.ts';

const NIGHT = '2026-11-10T08:00:00Z';
const none = (at: string) => seen('recovery-point-none', at);
const ack = (at: string, more: Partial<Extract<MatterEvent, { kind: 'acknowledged' }>> = {}): StepEvent => ({
  kind: 'acknowledged',
  at,
  by: 'on-call',
  via: 'web',
  how: 'human',
  ...more,
});

describe('the ladder of the worked examples', () => {
  test.each(vectors.ladder)('$id', example => {
    const acks = example.acknowledgements.map(({ at, kind }) => ack(at, { how: kind }));
    const { matter, told } = play([none(example.openedAt), ...acks], '2026-11-10T10:00:00Z');

    expect(matter.severity).toBe(example.severity);
    for (const tier of ['L1', 'L2', 'L3', 'executive'] as const) {
      if (example[tier] !== undefined) expect(notified(told, tier)[0], tier).toBe(example[tier]);
    }
    if (example.responseMs !== undefined) expect(matter.responseMs).toBe(example.responseMs);
  });

  test('EX-01: leadership hears every hour, L3 with the vendor every quarter of an hour', () => {
    const { told } = play([none(NIGHT)], '2026-11-10T10:00:00Z');

    expect(notified(told, 'executive')).toEqual(['2026-11-10T09:00:00Z', '2026-11-10T10:00:00Z']);
    expect(notified(told, 'L3').slice(0, 3)).toEqual(['08:30', '08:45', '09:00'].map(time => `2026-11-10T${time}:00Z`));
    const vendors = told.flatMap(({ effect }) => (effect.kind === 'notify' && effect.tier === 'L3' ? [effect.contacts] : []));
    expect(vendors[0]).toEqual(['it-director', 'ehr-vendor']);
  });

  test.each([
    ['EX-02', NIGHT, '2026-11-10T14:00:00Z'],
    ['EX-03', '2026-11-10T16:00:00Z', '2026-11-10T16:00:00Z'],
  ])('%s: a P3 is told in business hours', (_, openedAt, first) => {
    const { told } = play([seen('drift', openedAt)], '2026-11-10T17:00:00Z');

    expect(notified(told, 'L1')[0]).toBe(first);
  });

  test('EX-10: an automatic answer is recorded as such and stops nothing', () => {
    const { told } = play([none(NIGHT), ack('2026-11-10T08:02:00Z', { how: 'automatic', by: 'out-of-office' })], '2026-11-10T08:20:00Z');
    const [entry] = sealed(told.map(({ effect }) => effect)).filter(({ type }) => type === 'escalation-acknowledged');

    expect(entry?.fields).toMatchObject({ kind: 'automatic', responseMs: null });
    expect(notified(told, 'L2', 'opened')).toEqual(['2026-11-10T08:15:00Z']);
  });

  test('EX-12: a second failed drill is the same escalation, louder, with the earlier of the times', () => {
    const { openedAt, at, ...expected } = vectors.raise;
    const { matter, told } = play([seen('drill-failed', openedAt), seen('drill-failed', at, { inARow: 2 })], at);

    expect(matter).toMatchObject({ severity: expected.to, repeats: expected.repeats });
    expect(matter.respondBy).toBe(new Date(expected.respondBy).toISOString());
    expect(matter.resolveBy).toBe(new Date(expected.resolveBy).toISOString());
    expect(notified(told, 'L1')).toEqual([openedAt, at]);
    expect(sealed(told.map(({ effect }) => effect)).filter(({ type }) => type === 'escalation-opened')).toHaveLength(1);
  });
});

describe('only evidence resolves', () => {
  test('EX-13: not another plan’s drill, not time, not a person', () => {
    const { matter, told } = play(
      [
        seen('drill-failed', NIGHT),
        shown('drill-passed', '2026-11-10T09:00:00Z', { system: 'lakeside-lis' }),
        { kind: 'state', at: '2026-11-10T09:30:00Z', to: 'resolved', by: 'it-director', via: 'web', reason: 'looks fine' },
      ],
      '2026-11-12T08:00:00Z',
    );

    expect(matter.state).toBe('open');
    expect(told.filter(({ effect }) => effect.kind === 'refused').map(({ effect }) => effect)).toEqual([
      { kind: 'refused', by: 'it-director', why: 'only-evidence' },
    ]);
  });

  test('EX-14: a key that was reopened twice in a week needs two passed drills in a row', () => {
    const at = (day: number, hour: number): string => `2026-11-${day}T${hour}:00:00Z`;
    const events = [seen('drill-failed', at(10, 10)), shown('drill-passed', at(10, 12)), seen('drill-failed', at(11, 10))];
    const more = [shown('drill-passed', at(11, 12)), seen('drill-failed', at(12, 10)), shown('drill-passed', at(13, 12))];
    const { matter } = play([...events, ...more], at(13, 13));
    expect([matter.state, matter.proofsNeeded]).toEqual(['restored', 2]);

    const again = step(matter, shown('drill-passed', at(14, 12)), rulesOf());
    const broken = step(matter, shown('drill-passed', at(14, 12), { holds: false }), rulesOf()).matter;
    expect(again.matter?.state).toBe('resolved');
    expect(step(broken, shown('drill-passed', at(15, 12)), rulesOf()).matter?.state).toBe('restored');
  });

  test('a passed drill of the plan does, stops the clock, and tells paging services', () => {
    const { matter, told } = play([seen('drill-failed', NIGHT), shown('drill-passed', '2026-11-10T12:01:08Z')], '2026-11-10T12:02:00Z');

    expect(matter.state).toBe('resolved');
    expect(told.map(({ effect }) => effect)).toContainEqual({ kind: 'resolve-outside', key: 'lakeside/lakeside-ehr/drill-failed' });
    const end = sealed(told.map(({ effect }) => effect)).find(({ type }) => type === 'escalation-resolved');
    expect(end?.fields).toMatchObject({ resolutionMs: 14_468_000 });
  });

  test('a drill on demand that left out what had failed does not', () => {
    const opened = step(undefined, seen('drill-failed', NIGHT, { components: ['database'] }), rulesOf()).matter;
    const manual = (components: readonly string[]) =>
      step(opened, shown('drill-passed', '2026-11-10T12:00:00Z', { trigger: 'manual', components }), rulesOf()).matter?.state;

    expect([manual(['documents']), manual(['documents', 'database'])]).toEqual(['open', 'resolved']);
  });

  test('of suspected tampering: a passed drill, and a release by a security contact', () => {
    const events = (by: string) => [
      seen('integrity-suspect', NIGHT),
      shown('drill-passed', '2026-11-10T09:00:00Z'),
      shown('security-release', '2026-11-10T10:00:00Z', { by }),
    ];

    expect(['officer', 'it-director'].map(by => play(events(by), '2026-11-10T10:00:00Z').matter.state)).toEqual(['resolved', 'open']);
  });

  test('each failing component needs its own', () => {
    const opened = step(undefined, seen('backup-failed', NIGHT, { components: ['database', 'documents'] }), rulesOf()).matter;
    const one = step(opened, shown('check-passed', '2026-11-10T09:00:00Z', { components: ['database'] }), rulesOf()).matter;
    const two = step(one, shown('check-passed', '2026-11-10T09:05:00Z', { components: ['documents'] }), rulesOf()).matter;

    expect([one?.state, two?.state]).toEqual(['open', 'resolved']);
  });
});

describe('people', () => {
  test('who are no contacts are refused, and it is recorded', () => {
    const { matter, told } = play([none(NIGHT), ack('2026-11-10T08:01:00Z', { by: 'stranger' })], '2026-11-10T08:02:00Z');

    expect(matter.acknowledgedAt).toBeNull();
    expect(sealed(told.map(({ effect }) => effect)).at(-1)).toMatchObject({
      type: 'access',
      fields: { who: 'stranger', reason: 'not-a-contact' },
    });
  });

  test('who may not declare that clinical work stopped open nothing', () => {
    const tried = ['on-call', 'it-director'].map(by => step(undefined, seen('clinical-stop', NIGHT, { by }), rulesOf()));

    expect(tried.map(({ matter }) => matter?.severity)).toEqual([undefined, 'P1']);
    expect(tried[0]?.effects[0]).toEqual({ kind: 'refused', by: 'on-call', why: 'may-not-declare' });
  });

  test('who note progress keep the ladder still', () => {
    const note = (time: string): StepEvent => ({ kind: 'note', at: `2026-11-10T${time}:00Z`, by: 'on-call' });
    const { told } = play([none(NIGHT), ack('2026-11-10T08:10:00Z'), note('08:35'), note('09:00')], '2026-11-10T09:40:00Z');

    expect(notified(told, 'L2', 'opened')).toEqual(['2026-11-10T09:30:00Z']);
  });

  test('who own the risk accept it for at most 30 days; then it is open again', () => {
    const accept = (by: string, until: string): StepEvent => ({
      kind: 'state',
      at: '2026-11-10T17:00:00Z',
      to: 'accepted',
      by,
      via: 'web',
      reason: 'new disks come on Monday',
      until,
    });
    const opened = step(undefined, seen('drift', '2026-11-10T16:00:00Z'), rulesOf()).matter;
    const state = (by: string, until: string) => step(opened, accept(by, until), rulesOf()).matter;

    expect(state('on-call', '2026-11-20T00:00:00Z')?.state).toBe('open');
    expect(state('it-director', '2026-12-11T00:00:00Z')?.state).toBe('open');
    const accepted = state('it-director', '2026-11-20T00:00:00Z');
    expect([accepted?.state, accepted && nextAt(accepted, rulesOf())]).toEqual(['accepted', '2026-11-20T00:00:00.000Z']);
    expect(step(accepted, { kind: 'tick', at: '2026-11-20T00:00:00Z' }, rulesOf()).matter?.state).toBe('open');
  });
});

describe('calendars of contacts', () => {
  const office = (hours: readonly string[], calendar: readonly string[]) =>
    clinic({
      contacts: Object.fromEntries(
        ['a', 'b', 'c'].map(name => [name, { name, phone: '+1 312 555 0100', ...(calendar.includes(name) ? { calendar: 'shift' } : {}) }]),
      ),
      ladder: { L1: ['a'], L2: ['b'], L3: ['c'] },
      mayDeclareClinical: [],
      vendors: [],
      calendars: { office: { hours: ['MON-FRI 08:00-17:00'] }, shift: { hours } },
    });
  const day = ['MON-FRI 08:00-17:00'];

  test('a tier of which nobody is there is passed over at once', () => {
    const { told } = play([seen('drill-failed', NIGHT)], '2026-11-10T09:00:00Z', rulesOf(office(day, ['a'])));

    expect([notified(told, 'L1'), notified(told, 'L2')[0], notified(told, 'L3')[0]]).toEqual([[], NIGHT, '2026-11-10T09:00:00Z']);
  });

  test('P1 wakes people outside their hours, but nobody who has none', () => {
    const woken = (hours: readonly string[]) => notified(play([none(NIGHT)], NIGHT, rulesOf(office(hours, ['a']))).told, 'L1');

    expect([woken(day), woken([])]).toEqual([[NIGHT], []]);
  });

  test('when nobody at all is there, the first who comes is told', () => {
    const rules = rulesOf(office(day, ['a', 'b', 'c']));
    const opened = step(undefined, seen('drill-failed', NIGHT), rules).matter;

    expect(opened && nextAt(opened, rules)).toBe('2026-11-10T14:00:00.000Z');
    expect(notified(play([seen('drill-failed', NIGHT)], '2026-11-10T14:00:00Z', rules).told, 'L1')).toEqual(['2026-11-10T14:00:00Z']);
  });

  test('a contact who cannot be reached by any channel brings the next tier at once', () => {
    const { told } = play([none(NIGHT), { kind: 'undelivered', at: '2026-11-10T08:03:00Z', contact: 'on-call' }], '2026-11-10T08:31:00Z');

    expect([notified(told, 'L2')[0], notified(told, 'L3')[0]]).toEqual(['2026-11-10T08:03:00Z', '2026-11-10T08:30:00Z']);
  });
});

describe('repeats', () => {
  test('are told to the tier reached, also while somebody works on it; the same occasion is none', () => {
    const first = seen('backup-failing', NIGHT, { occasion: 'database/p1' });
    const again = [{ ...first, at: '2026-11-10T08:15:00Z' }, seen('backup-failing', '2026-11-10T08:20:00Z', { occasion: 'database/p2' })];
    const { matter, told } = play([first, ack('2026-11-10T08:05:00Z'), ...again], '2026-11-10T08:25:00Z');

    expect(matter.repeats).toBe(1);
    expect(notified(told, 'L1', 'changed')).toEqual(['2026-11-10T08:20:00Z']);
  });

  test('within an hour of the resolution go on in the same escalation, later ones open another', () => {
    const events = (back: string) => [
      seen('drill-failed', NIGHT),
      shown('drill-passed', '2026-11-10T08:10:00Z'),
      seen('drill-failed', `2026-11-10T${back}:00Z`),
    ];
    const [same, other] = ['09:00', '09:30'].map(back => ({ opened: events(back)[0], ...play(events(back), '2026-11-10T09:31:00Z') }));

    expect(same?.matter).toMatchObject({
      repeats: 1,
      state: 'open',
      openedAt: '2026-11-10T08:00:00.000Z',
      reopenedAt: ['2026-11-10T09:00:00.000Z'],
    });
    expect(other?.matter).toMatchObject({ repeats: 0, openedAt: '2026-11-10T09:30:00.000Z', reopenedAt: ['2026-11-10T09:30:00.000Z'] });
  });

  test('of a P4 go into the next daily digest', () => {
    const { told } = play([seen('report-late', NIGHT), seen('report-late', '2026-11-10T16:00:00Z')], '2026-11-11T15:00:00Z');

    expect(notified(told, 'L1', 'digest')).toEqual(['2026-11-10T14:00:00Z', '2026-11-11T14:00:00Z']);
  });
});

describe('maintenance windows', () => {
  const windowed = (approvedAt: string) =>
    rulesOf(
      clinic({
        windows: [
          {
            ...{ start: '2026-11-10T04:00:00Z', end: '2026-11-10T06:00:00Z', systems: ['lakeside-ehr'], reason: 'new disks' },
            ...{ approvedBy: 'it-director', approvedAt },
          },
        ],
      }),
    );
  const inside = '2026-11-10T05:00:00Z';

  test('hold what is seen inside them until they end; then it opens with its clocks', () => {
    const rules = windowed('2026-11-09T04:00:00Z');
    const { matter, told } = play([seen('drill-failed', inside)], '2026-11-10T06:00:00Z', rules);

    expect(notified(told, 'L1')).toEqual(['2026-11-10T06:00:00Z']);
    expect(matter).toMatchObject({ state: 'open', openedAt: '2026-11-10T06:00:00.000Z', respondBy: '2026-11-10T06:30:00.000Z' });
  });

  test('let what is over by then go without a word', () => {
    const { matter, told } = play(
      [seen('drill-failed', inside), shown('drill-passed', '2026-11-10T05:30:00Z')],
      '2026-11-10T07:00:00Z',
      windowed('2026-11-09T04:00:00Z'),
    );

    expect([matter.state, told]).toEqual(['resolved', []]);
  });

  test('do not mute suspected tampering', () => {
    const { told } = play([seen('integrity-suspect', inside)], inside, windowed('2026-11-09T04:00:00Z'));

    expect(notified(told, 'L1')).toEqual([inside]);
  });

  test('EX-22: do not count if approved after they began', () => {
    const { told } = play([seen('drill-failed', inside)], inside, windowed('2026-11-10T04:05:00Z'));

    expect(notified(told, 'L1')).toEqual([inside]);
  });
});

test('the security ladder replaces the normal one', () => {
  const client = clinic({ securityLadder: { L1: ['officer'] } });

  expect(Object.keys(ladderTimes({ condition: 'integrity-suspect', severity: 'P1' }, NIGHT, client))).toEqual(['L1']);
  expect(Object.keys(ladderTimes({ condition: 'drill-failed', severity: 'P1' }, NIGHT, client))).toEqual(['L1', 'L2', 'L3', 'executive']);
});

test('every entry is of the shape that the ledger allows', () => {
  const events = [
    seen('drill-failed', NIGHT),
    ack('2026-11-10T08:02:00Z', { by: 'stranger' }),
    ack('2026-11-10T08:40:00Z', { how: 'automatic' }),
    seen('drill-failed', '2026-11-10T09:00:00Z', { inARow: 2 }),
    ack('2026-11-10T09:10:00Z'),
    { kind: 'state', at: '2026-11-10T09:20:00Z', to: 'stabilized', by: 'on-call', via: 'web', reason: 'copied\naway' } as const,
    shown('drill-passed', '2026-11-10T12:00:00Z'),
  ];
  const entries = sealed(play(events, '2026-11-10T12:00:00Z').told.map(({ effect }) => effect));
  const bad = entries.flatMap(({ type, fields }) => entrySchemas[type as EntryType].safeParse(fields).error?.issues ?? []);

  expect(bad).toEqual([]);
  expect(new Set(entries.map(({ type }) => type))).toEqual(
    new Set(['escalation-opened', 'access', 'escalation-acknowledged', 'escalation-changed', 'escalation-resolved']),
  );
});
