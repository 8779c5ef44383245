import { expect, test } from 'vitest';
import { drillSummary } from '../../src/cli/summary.ts';
import type { PrintedDrill } from '../../src/evidence/record.ts';
import { furtherPointsView } from '../../src/report/further-points.ts';
import { sampleDrills, sampleFinding } from '../fixtures/records.ts';
import { samplePage } from './sample-page.ts';

const point = (hour: string, more: Partial<PrintedDrill['sweep'][number]> = {}): PrintedDrill['sweep'][number] => ({
  component: 'database',
  point: `basebackup-pitr-20261101T1437Z-0123456789ab@20261101T${hour}0000Z`,
  consistentAt: `2026-11-01T${hour}:00:00.000Z`,
  availableAt: '2026-11-01T14:37:00.000Z',
  ageMs: 3_600_000,
  verdict: 'passed',
  durationMs: 2_400,
  findings: [],
  ...more,
});
const bad = point('12', { verdict: 'failed', findings: [sampleFinding('restore.target-not-reached', { outcome: 'failed' })] });
const record: PrintedDrill = { ...sampleDrills.passed, sweep: [point('14'), point('13'), bad] };

test('further points are counted and listed by the moment of their data, with what was wrong about the bad ones', () => {
  const view = furtherPointsView(record);

  expect(view?.sentence).toBe('Of 3 further recovery points 2 came back.');
  expect(view?.rows.map(row => [row.moment.slice(-12), row.age, row.result])).toEqual([
    ['14:00:00 UTC', '1 h', 'came back'],
    ['13:00:00 UTC', '1 h', 'came back'],
    ['12:00:00 UTC', '1 h', 'did not come back: restore.target-not-reached'],
  ]);
  expect(furtherPointsView(sampleDrills.passed)).toBeNull();
});

test('a person reads them after a drill and on its page', async () => {
  const terms = { systemName: 'Lakeside EHR', reportFile: null, ledgerFolder: null, exitCode: 0 };

  const text = drillSummary(record, { ...terms, terminal: { colour: false, columns: 120, unicode: true } });

  const page = await samplePage(record);

  expect(text).toContain('Further recovery points\n  Of 3 further recovery points 2 came back.\n  database, 1 November 2026, 14:00:00 UTC');
  expect(text).toContain('did not come back: restore.target-not-reached');
  expect(page).toContain('<b>did not come back: restore.target-not-reached</b>');
  expect(await samplePage(sampleDrills.passed)).not.toContain('Further recovery points');
});
