import { expect, test } from 'vitest';
import {
  afterColon,
  bytesText,
  clipped,
  counted,
  listed,
  stampBoth,
  stampText,
  together,
  valueText,
  withStamps,
} from '../../src/report/words.ts';

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [1023, '1,023 bytes'],
  [1024, '1.0 KiB'],
  [9_663_676_416, '9.0 GiB'],
  [214_748_364_800, '200 GiB'],
])('%d bytes are said as %s', (bytes, text) => {
  const said = bytesText(bytes);

  expect(said).toBe(text);
});

test('a stamp names its zone', () => {
  const said = [stampText('2026-11-01T08:00:03.000Z'), stampBoth('2026-11-01T08:00:03.000Z', 'America/Chicago')];

  expect(said).toEqual(['1 November 2026, 08:00:03 UTC', '1 November 2026, 08:00:03 UTC (02:00:03 in America/Chicago)']);
});

test('a stamp on another day in the local zone names that day', () => {
  const said = stampBoth('2026-11-01T03:00:00.000Z', 'America/Chicago');

  expect(said).toBe('1 November 2026, 03:00:00 UTC (31 October 2026, 22:00:00 in America/Chicago)');
});

test.each([
  ['The backup file ends in the middle.', 'the backup file ends in the middle.'],
  ['PostgreSQL 18 is not there.', 'PostgreSQL 18 is not there.'],
  ['Therapy is no opener.', 'Therapy is no opener.'],
  ['“Open a chart” failed.', '“Open a chart” failed.'],
])('after a colon "%s" keeps the names in it', (sentence, expected) => {
  const said = afterColon(sentence);

  expect(said).toBe(expected);
});

test.each([
  [1, 'files', '1 file'],
  [1, 'indexes', '1 index'],
  [1, 'policies', '1 policy'],
  [2, 'rows', '2 rows'],
  [1, 'bytes', '1 byte'],
  [418_220, null, '418,220'],
] as const)('%d %s are said as %s', (value, unit, expected) => {
  const said = valueText(value, unit, 'not tested');

  expect(said).toBe(expected);
});

test('a value that is missing is said with words', () => {
  const said = [valueText(null, 'rows', 'not tested'), valueText(false, null, ''), valueText('2026-11-01T08:00:03.000Z', null, '')];

  expect(said).toEqual(['not tested', 'no', '1 November 2026, 08:00:03 UTC']);
});

test('lists and counts read like a sentence', () => {
  const said = [listed(['a', 'b', 'c']), listed(['a']), listed([]), counted(1442, 'recovery point'), counted(1, 'process', 'processes')];

  expect(said).toEqual(['a, b and c', 'a', '', '1,442 recovery points', '1 process']);
});

test('a number stays with its unit and a day with its month', () => {
  const kept = together('1 h 12 min on 1 November 2026, 57.2 % of 9.0 GiB in 3 drills');

  expect(kept).toBe('1\u00A0h 12\u00A0min on 1\u00A0November 2026, 57.2\u00A0% of 9.0\u00A0GiB in 3 drills');
});

test('a stamp within a sentence is said in words', () => {
  const said = withStamps('The newest entry is of 2026-11-22T18:32:07.895Z, not of 2026-99-22T18:32:07Z.');

  expect(said).toBe('The newest entry is of 22 November 2026, 18:32:07 UTC, not of 2026-99-22T18:32:07Z.');
});

test('what is too long ends in an ellipsis', () => {
  const cut = clipped('abcdef', 4);

  expect(cut).toBe('abc…');
});
