import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Condition } from '../../src/escalation/condition.ts';
import { isWorse } from '../../src/escalation/condition.ts';
import type { Effect, Matter } from '../../src/escalation/matter.ts';
import { nextAt, step, type StepEvent } from '../../src/escalation/step.ts';
import { clinic, rulesOf, seen, shown } from './examples.ts';

const shift = { hours: ['MON-FRI 06:00-18:00'], holidays: ['2026-11-11'] };
const rules = rulesOf(
  clinic({
    contacts: {
      'on-call': { name: 'On call', phone: '+1 312 555 0100', calendar: 'office' },
      'it-director': { name: 'Dana Reyes', role: 'risk-owner', email: 'dana@lakeside.example', calendar: 'shift' },
      'ehr-vendor': { name: 'EHR vendor', email: 'l3@vendor.example' },
      'practice-manager': { name: 'Sam Okafor', email: 'sam@lakeside.example', calendar: 'office' },
    },
    calendars: { office: { hours: ['MON-FRI 08:00-17:00'] }, shift },
    windows: [
      {
        ...{ start: '2026-11-10T20:00:00Z', end: '2026-11-10T23:00:00Z', systems: ['lakeside-ehr'], reason: 'update' },
        ...{ approvedBy: 'it-director', approvedAt: '2026-11-01T00:00:00Z' },
      },
    ],
  }),
);

const START = Date.UTC(2026, 10, 9, 12);
const condition = fc.constantFrom<Condition>('drill-failed', 'drill-inconclusive', 'recovery-point-none', 'drift');
const pace = fc.integer({ min: 1, max: 700 });
const what = fc.constantFrom(
  'seen',
  'again',
  'louder',
  'human',
  'automatic',
  'note',
  'stabilized',
  'accepted',
  'proof',
  'undelivered',
  'tick',
);

function eventOf(kind: string, about: Condition, at: string): StepEvent {
  const by = 'on-call';
  if (kind === 'again') return seen(about, at, { occasion: 'same' });
  if (kind === 'louder') return seen(about, at, { inARow: 3 });
  if (kind === 'human' || kind === 'automatic') return { kind: 'acknowledged', at, by, via: 'web', how: kind };
  if (kind === 'note') return { kind, at, by };
  if (kind === 'undelivered') return { kind, at, contact: by };
  if (kind === 'tick') return { kind, at };
  if (kind === 'proof')
    return shown(about === 'drift' ? 'drift-cleared' : about === 'recovery-point-none' ? 'point-there' : 'drill-passed', at);
  if (kind === 'seen') return seen(about, at);
  const until = new Date(Date.parse(at) + 86_400_000).toISOString();
  return {
    kind: 'state',
    at,
    to: kind === 'accepted' ? 'accepted' : 'stabilized',
    by: 'it-director',
    via: 'web',
    reason: 'as agreed',
    until,
  };
}

const stories = fc.tuple(condition, fc.array(fc.tuple(what, pace), { minLength: 1, maxLength: 12 })).map(([about, parts]) => {
  let ms = START;
  return [
    seen(about, new Date(ms).toISOString()),
    ...parts.map(([kind, minutes]) => eventOf(kind, about, new Date((ms += minutes * 60_000)).toISOString())),
  ];
});

interface Played {
  readonly matters: readonly Matter[];
  readonly effects: readonly Effect[];
}

function playThrough(events: readonly StepEvent[], between: (matter: Matter) => Matter = matter => matter): Played {
  let matter: Matter | undefined;
  const matters: Matter[] = [];
  const effects: Effect[] = [];
  for (const event of events) {
    const stepped = step(matter === undefined ? undefined : between(matter), event, rules);
    matter = stepped.matter;
    if (matter !== undefined) matters.push(matter);
    effects.push(...stepped.effects);
  }
  return { matters, effects };
}

const RUNS = { numRuns: 60 };

test('the same events give the same matter, also if it was kept as JSON in between', () => {
  const property = fc.property(stories, events => {
    const once = playThrough(events);
    expect(playThrough(events)).toEqual(once);
    expect(playThrough(events, matter => JSON.parse(JSON.stringify(matter)) as Matter)).toEqual(once);
  });

  expect(() => fc.assert(property, RUNS)).not.toThrow();
});

test('the next moment is always later than the last one, and a call in between changes nothing', () => {
  const property = fc.property(stories, events => {
    for (const matter of playThrough(events).matters) {
      const next = nextAt(matter, rules);
      if (next === null) continue;
      expect(next > matter.seenAt, `${next} after ${matter.seenAt}`).toBe(true);
      const early = new Date(Date.parse(next) - 1).toISOString();
      expect(step(matter, { kind: 'tick', at: early }, rules).effects).toEqual([]);
      expect(step(matter, { kind: 'tick', at: next }, rules).matter).not.toEqual({ ...matter, seenAt: next });
    }
  });

  expect(() => fc.assert(property, RUNS)).not.toThrow();
});

test('a matter that nobody ever answers never goes silent, and is never resolved or softened by time', () => {
  const property = fc.property(condition, fc.integer({ min: 0, max: 10_000 }), (about, minutes) => {
    let matter = step(undefined, seen(about, new Date(START + minutes * 60_000).toISOString()), rules).matter;
    const first = matter;
    for (let count = 0; count < 25 && matter !== undefined; count++) {
      const next = nextAt(matter, rules);
      if (next === null) break;
      matter = step(matter, { kind: 'tick', at: next }, rules).matter;
    }
    expect(matter?.ladder.reached).not.toBeNull();
    expect(matter?.state).toBe('open');
    if (matter !== undefined && matter.severity !== 'P4') expect(nextAt(matter, rules)).not.toBeNull();
    expect(matter?.respondBy !== undefined && first !== undefined && isWorse(first.severity, matter.severity)).toBe(false);
  });

  expect(() => fc.assert(property, RUNS)).not.toThrow();
});
