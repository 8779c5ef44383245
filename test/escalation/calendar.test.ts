import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addBusiness,
  isOpen,
  makeCalendar,
  nextBusinessDay,
  nextOpen,
  openBetween,
  type BusinessTime,
  type Calendar,
} from '../../src/escalation/calendar.ts';
import { dueTimes } from '../../src/escalation/due.ts';
import { clinic, vectors } from './examples.ts';

const office = makeCalendar({ timezone: 'America/Chicago', hours: ['MON-FRI 08:00-17:00'], holidays: ['2026-11-26'] });
const nights = makeCalendar({ timezone: 'America/Chicago', hours: ['DAILY 22:00-06:00'], holidays: [] });
const lisbon = makeCalendar({
  timezone: 'Europe/Lisbon',
  hours: ['MON-SAT 00:30-02:30', 'WED 09:00-12:00', 'WED 11:00-13:00'],
  holidays: [],
});
const calendars = [office, nights, lisbon];

describe('the worked examples of due times', () => {
  test.each(vectors.due)('$id: a $severity opened $openedAt', ({ severity, openedAt, respondBy, resolveBy }) => {
    const due = dueTimes(severity, openedAt, clinic());

    expect([due.respondBy, due.resolveBy]).toEqual([respondBy, resolveBy].map(at => new Date(at).toISOString()));
  });

  test('a contract has its own times, one by one', () => {
    const client = clinic({ contract: { respond: { P1: '5m', P3: '1 business day' } } });

    expect(dueTimes('P1', '2026-11-10T08:00:00.000Z', client).respondBy).toBe('2026-11-10T08:05:00.000Z');
    expect(dueTimes('P3', '2026-11-10T16:00:00.000Z', client).respondBy).toBe('2026-11-11T23:00:00.000Z');
    expect(dueTimes('P2', '2026-11-10T16:00:00.000Z', client).respondBy).toBe('2026-11-10T16:30:00.000Z');
  });
});

describe('when the clocks change', () => {
  test('a night shift is an hour longer in autumn and an hour shorter in spring', () => {
    expect(openBetween('2026-10-31T18:00:00Z', '2026-11-01T18:00:00Z', nights)).toBe(9 * 3_600_000);
    expect(openBetween('2026-03-07T18:00:00Z', '2026-03-08T18:00:00Z', nights)).toBe(7 * 3_600_000);
  });

  test('an hour that comes twice is open twice, and one that is left out is not there', () => {
    const early = makeCalendar({ timezone: 'America/Chicago', hours: ['SUN 01:00-01:30'], holidays: [] });
    const gap = makeCalendar({ timezone: 'America/Chicago', hours: ['SUN 02:00-03:00'], holidays: [] });

    expect(['06:15', '06:45', '07:15', '07:45'].map(time => isOpen(`2026-11-01T${time}:00Z`, early))).toEqual([true, false, true, false]);
    expect(nextOpen('2026-03-08T06:00:00Z', gap)).toBe('2026-03-15T07:00:00.000Z');
  });
});

test('a calendar without hours never opens', () => {
  const never = makeCalendar({ timezone: 'UTC', hours: [], holidays: [] });

  expect(isOpen('2026-11-10T12:00:00Z', never)).toBe(false);
  expect(nextOpen('2026-11-10T12:00:00Z', never)).toBeNull();
  expect(addBusiness('2026-11-10T12:00:00Z', { businessHours: 1 }, never)).toBeNull();
  expect(addBusiness('2026-11-10T12:00:00Z', { businessDays: 1 }, never)).toBeNull();
});

test('hours round the clock are elapsed hours', () => {
  const always = makeCalendar({ timezone: 'UTC', hours: ['DAILY 00:00-24:00'], holidays: [] });

  expect(addBusiness('2026-11-10T12:00:00Z', { businessHours: 500 }, always)).toBe('2026-12-01T08:00:00.000Z');
});

test('the business day after a Wednesday before a holiday is the Friday', () => {
  expect(nextBusinessDay('2026-11-25T21:00:00Z', office)).toBe('2026-11-27T14:00:00.000Z');
});

const moment = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) }).map(ms => new Date(ms).toISOString());
const calendar = fc.constantFrom(...calendars);
const RUNS = { numRuns: 40 };

test('so many business hours later is exactly so much open time, inside the hours or at their close', () => {
  const property = fc.property(moment, fc.integer({ min: 1, max: 30 }), calendar, (from, businessHours, hours) => {
    const end = addBusiness(from, { businessHours }, hours) ?? '';
    expect(openBetween(from, end, hours)).toBe(businessHours * 3_600_000);
    expect(isOpen(new Date(Date.parse(end) - 1).toISOString(), hours)).toBe(true);
  });

  expect(() => fc.assert(property, RUNS)).not.toThrow();
});

test('later moments and longer times never end earlier', () => {
  const end = (from: string, time: BusinessTime, hours: Calendar): number => Date.parse(addBusiness(from, time, hours) ?? '');
  const property = fc.property(fc.tuple(moment, moment), fc.integer({ min: 0, max: 9 }), calendar, (pair, count, hours) => {
    const [first, second] = [...pair].sort() as [string, string];
    for (const time of [{ businessHours: count }, { businessDays: count }]) {
      expect(end(first, time, hours)).toBeLessThanOrEqual(end(second, time, hours));
    }
    expect(end(first, { businessDays: count }, hours)).toBeLessThan(end(first, { businessDays: count + 1 }, hours));
  });

  expect(() => fc.assert(property, RUNS)).not.toThrow();
});

test('the next opening is open, and nothing between is', () => {
  const property = fc.property(moment, calendar, (at, hours) => {
    const next = nextOpen(at, hours) ?? '';
    expect(isOpen(next, hours)).toBe(true);
    expect(next === at || openBetween(at, next, hours) === 0).toBe(true);
  });

  expect(() => fc.assert(property, RUNS)).not.toThrow();
});
