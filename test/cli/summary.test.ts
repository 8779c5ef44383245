import { describe, expect, test } from 'vitest';
import { drillSummary } from '../../src/cli/summary.ts';
import { widthOf, type Terminal } from '../../src/cli/terminal.ts';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import { headline } from '../../src/report/headline.ts';
import { everySampleDrill, sampleDrills as sample, sampleFinding } from '../fixtures/records.ts';

const terminal: Terminal = { colour: false, columns: 90, unicode: true };
const terms = { systemName: 'Lakeside EHR', reportFile: '/reports/d.html', ledgerFolder: '/ledger/lakeside', exitCode: 0 };
const summary = (record: PrintedDrill, how: Partial<Terminal> = {}): string =>
  drillSummary(record, { ...terms, terminal: { ...terminal, ...how } });
const lines = (text: string): string[] => text.split('\n');

describe.each(everySampleDrill)('the summary of the drill "%s"', (_, record) => {
  test('begins with the verdict', () => {
    const [empty, first] = lines(summary(record));

    expect(empty).toBe('');
    expect(first).toContain(headline(record).statement);
  });

  test.each([40, 60, 90])('keeps to %d columns, but for what people copy', columns => {
    const copied = /^(?:Report|Ledger|Verify|Drill) |runbooks\/response\//;

    const tooWide = lines(summary(record, { columns })).filter(line => widthOf(line) > columns && !copied.test(line));

    expect(tooWide).toEqual([]);
  });

  test('has no colour where there is none, and says the same with it', () => {
    const [without, coloured] = [summary(record), summary(record, { colour: true })];

    expect(without).not.toContain('\u001B');
    expect(coloured.replaceAll(/\u001B\[[\d;]*m/g, '')).toBe(without);
  });

  test('is plain ASCII where Unicode is not known, but for names', () => {
    const { record: plain } = { record: { ...record, findings: [], limitations: [] } };

    const strange = summary(plain, { unicode: false }).match(/[█▓▒·┃✔✘]/g);

    expect(strange).toBeNull();
  });
});

test('the bar shows the measured part, the declared one, the headroom and the objective', () => {
  const bar = lines(summary(sample.passed)).find(line => line.includes('objective 4 h'));

  expect(bar?.trim()).toMatch(/^█+▒+·+┃ +objective 4 h$/);
});

test('the bar of a missed objective goes on behind the mark', () => {
  const bar = lines(summary(sample.tooLateAndOld)).find(line => line.includes('objective 4 h'));

  expect(bar?.trim()).toMatch(/^█+┃█+▓+▒+ objective 4 h$/);
});

test('the smallest part is still one character', () => {
  const bar = lines(summary(sample.passedSmall)).find(line => line.includes('objective 4 h'));

  expect(bar?.trim()).toMatch(/^█·+┃/);
});

test('a figure stands with its basis', () => {
  const text = summary(sample.passed);

  expect(text).toContain('1 h 12 min 41 s  measured');
  expect(text).toContain('31 min  derived');
});

test('a drill that failed prints no recovery time, and no bar', () => {
  const text = summary(sample.failedRows);

  expect(text).toMatch(/Recovery time +Not tested/);
  expect(text).not.toContain('█');
});

test('bad findings stand first, with what was expected and what to do', () => {
  const text = summary(sample.failedRows);

  expect(text).toContain('Failed: The table public.encounter came back with 391,007 rows; 418,220 were expected.');
  expect(text).toContain('public.encounter, expected 418,220 rows, observed 391,007 rows');
  expect(text).toContain('what to do: runbooks/response/inventory.rows-missing.md');
  expect(text).toContain('Failed (not required): The index');
});

test('passed findings are only counted', () => {
  const text = summary(sample.passed);

  expect(text).toContain('8 findings: 8 passed');
  expect(text).not.toContain('restore.ok');
});

test('of many bad findings the first are shown, and how many more there are', () => {
  const text = summary(sample.ugly);

  expect(text.match(/what to do/g)).toHaveLength(8);
  expect(text).toContain('and 92 more: see the report');
});

test('what was not tested is said', () => {
  const text = summary(sample.passed);

  expect(text).toContain('Not tested\n  Restored in a sandbox with 4 CPUs and 8 GiB; not the production host.');
});

test('it says where to read on, how to verify, and what the exit code means', () => {
  const text = drillSummary(sample.failedRows, { ...terms, terminal, exitCode: 1 });

  expect(lines(text).slice(-6)).toEqual([
    'Report   /reports/d.html',
    'Ledger   /ledger/lakeside (entry 9, checkpoint size 10)',
    'Verify   resurgam verify /ledger/lakeside',
    'Drill    d-20261108T080002Z-e91b',
    'Exit     1 (failed)',
    '',
  ]);
});

test('a drill that is shown again has no exit code, and one in no ledger nothing to verify', () => {
  const text = drillSummary({ ...sample.passed, ledger: null }, { ...terms, terminal, exitCode: null });

  expect(text).not.toMatch(/^(?:Exit|Verify)/m);
  expect(text).toContain('in no ledger: nothing can be verified');
});

test('a name cannot command the terminal', () => {
  const evil = sampleFinding('restore.failed', {
    outcome: 'failed',
    sentence: 'x\u001B[2Jy',
    object: 'a\u001B]0;b\u0007',
    component: 'c\u001Bd',
  });

  const text = summary({ ...sample.failedRows, drill: 'd\u001B[31m', findings: [evil] });

  expect(text).not.toContain('\u001B');
});
