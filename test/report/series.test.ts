import { expect, test } from 'vitest';
import { seriesSentences } from '../../src/report/series.ts';
import { sampleDrills as sample } from '../fixtures/records.ts';

const times = <One>(one: One, count: number): One[] => Array.from({ length: count }, () => one);

test('of no drill nothing is said', () => {
  const said = seriesSentences([]);

  expect(said).toEqual([]);
});

test.each([
  [1, 0, 'None of 1 conclusive drill failed: the chance that a drill fails is at most 95.0 %, with 95 % confidence.'],
  [12, 1, '1 of 12 conclusive drills failed: the chance that a drill fails is at most 33.9 %, with 95 % confidence.'],
  [52, 2, '2 of 52 conclusive drills failed: the chance that a drill fails is at most 11.7 %, with 95 % confidence.'],
])('of %d drills with %d failures the bound is said', (n, k, expected) => {
  const [said] = seriesSentences([...times(sample.failedRows, k), ...times(sample.passed, n - k)]);

  expect(said).toBe(expected);
});

test('inconclusive drills stand beside n and are not counted', () => {
  const [said] = seriesSentences([sample.passed, sample.inconclusive, sample.stopped]);

  expect(said).toMatch(/^None of 1 conclusive drill failed/);
  expect(said).toMatch(/Not counted: 2 inconclusive drills\.$/);
});

test('with inconclusive drills alone nothing is said of the series', () => {
  const said = seriesSentences([sample.stopped]);

  expect(said).toEqual(['No drill was conclusive; nothing can be said of the series. Not counted: 1 inconclusive drill.']);
});

test('recovery times are never said by their mean, and percentiles need enough drills', () => {
  const few = seriesSentences(times(sample.passed, 13)).join(' ');
  const more = seriesSentences(times(sample.passed, 14)).join(' ');

  expect(few).toContain('minimum 1 h 12 min 41 s, median 1 h 12 min 41 s, maximum 1 h 12 min 41 s');
  expect(few).not.toMatch(/mean|p80/);
  expect(more).toContain('p80 1 h 12 min 41 s');
});
