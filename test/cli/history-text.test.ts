import { expect, test } from 'vitest';
import { historyText } from '../../src/cli/history-text.ts';
import { widthOf, type Terminal } from '../../src/cli/terminal.ts';
import { sampleDrills as sample } from '../fixtures/records.ts';

const terminal: Terminal = { colour: false, columns: 140, unicode: true };
const plan = 'lakeside-ehr';
const records = [sample.tooOld, sample.failedRows, sample.inconclusive, sample.passed];

test('each drill is one line, with verdict, figures, point and id', () => {
  const [head, ...rows] = historyText({ plan, records, altered: [] }, terminal).split('\n');

  expect(head).toMatch(/^When \(UTC\) +Verdict +Recovery +Data age +Recovery point +Drill$/);
  expect(rows[0]).toBe(
    '2026-11-01 08:00  objective missed  1 h 12 min 41 s  1 h 23 min  dump-20261101T073000Z-4fd2ab90c1e7 and 1 more  d-20261115T080000Z-55e0',
  );
  expect(rows[1]).toMatch(/^2026-11-01 08:00 {2}failed +not tested +not tested +dump/);
});

test('a drill that does not speak for its plan says of what kind it is', () => {
  const record = { ...sample.failedRows, trigger: 'scenario' } as const;

  expect(historyText({ plan, records: [record], altered: [] }, terminal)).toMatch(/ {2}failed \(scenario\) +not tested/);
});

test('what may be said about the series stands below, with n', () => {
  const text = historyText({ plan, records, altered: [] }, terminal).replaceAll('\n', ' ');

  expect(text).toContain('1 of 3 conclusive drills failed: the chance that a drill fails is at most 86.5 %, with 95 % confidence.');
  expect(text).toContain('Not counted: 1 inconclusive drill.');
});

test('drills of several plans are named, and are no series', () => {
  const text = historyText({ plan: null, records: [sample.passed, { ...sample.passed, plan: 'lakeside-lis' }], altered: [] }, terminal);

  expect(text).toContain('Plan');
  expect(text).toContain('lakeside-lis');
  expect(text).not.toContain('confidence');
});

test.each([140, 100, 60, 40])('the table fits %d columns', columns => {
  const text = historyText({ plan, records, altered: [] }, { ...terminal, columns });

  const tooWide = text.split('\n').filter(line => widthOf(line) > Math.max(columns, 64));
  expect(tooWide).toEqual([]);
  expect(text).toContain('d-20261108T080002Z-e91b');
});

test('a record that is not the one that was signed is named and not shown', () => {
  const text = historyText({ plan, records: [], altered: ['d-1', 'd-2'] }, terminal);

  expect(text).toContain('Not shown, because the record is gone or is not the one that was signed: d-1, d-2.');
});

test('without any drill it says so', () => {
  const said = [historyText({ plan, records: [], altered: [] }, terminal), historyText({ plan: null, records: [], altered: [] }, terminal)];

  expect(said).toEqual(['No drill of lakeside-ehr was finished yet.\n', 'No drill was finished yet.\n']);
});

test('only the verdict is coloured', () => {
  const text = historyText({ plan, records: [sample.failedRows], altered: [] }, { ...terminal, colour: true });

  expect(text).toContain('\u001B[31mfailed\u001B[0m');
});
