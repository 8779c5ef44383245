import { expect, test } from 'vitest';
import { isWithin, parseWindow } from '../../src/plan/window.ts';

function within(window: string, at: string, timezone = 'America/Chicago'): boolean | undefined {
  const parsed = parseWindow(window);
  return parsed === undefined ? undefined : isWithin(parsed, new Date(at), timezone);
}

test.each([
  ['MON-FRI 07:00-19:00', '2026-11-02T13:00:00Z', true], // Monday 07:00
  ['MON-FRI 07:00-19:00', '2026-11-02T12:59:00Z', false],
  ['MON-FRI 07:00-19:00', '2026-11-03T01:00:00Z', false], // Monday 19:00
  ['MON-FRI 07:00-19:00', '2026-11-01T18:00:00Z', false], // Sunday
  ['SAT 22:00-06:00', '2026-11-01T06:30:00Z', true], // Sunday 01:30, begun on Saturday
  ['SAT 22:00-06:00', '2026-11-02T06:30:00Z', false], // Monday
  ['DAILY 00:00-24:00', '2026-11-02T06:30:00Z', true],
  ['FRI-MON 08:00-09:00', '2026-11-01T14:30:00Z', true], // Sunday 08:30
  ['FRI-MON 08:00-09:00', '2026-11-04T14:30:00Z', false], // Wednesday
])('%s at %s: %s', (window, at, expected) => {
  expect(within(window, at)).toBe(expected);
});

test.each(['MON 7:00-19:00', 'MONDAY 07:00-19:00', '07:00-19:00', 'MON-FRI 07:00-24:30', 'mon 07:00-19:00', ''])(
  '"%s" is no window',
  text => {
    expect(parseWindow(text)).toBeUndefined();
  },
);
