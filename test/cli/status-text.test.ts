import { expect, test } from 'vitest';
import { roughly } from '../../src/cli/rough.ts';
import { statusText, type StatusTerms } from '../../src/cli/status-text.ts';
import { widthOf } from '../../src/cli/terminal.ts';
import { statusOf } from '../../src/status/status.ts';
import type { Overview } from '../../src/store/state/overview.ts';
import type { PlanRow } from '../../src/store/state/plans.ts';
import { checked, drilled, dueIn, matter, NOTHING, NOW, planned, worker } from '../status/rows.ts';

const ehr = planned('ehr', { system: 'Lakeside EHR' });
const lis = planned('lis', { system: 'Lakeside lab', client: 'harbor' });
const terms: StatusTerms = { terminal: { colour: false, columns: 120, unicode: true }, rows: 24, all: false };
const call = {
  client: 'lakeside',
  escalation: 'e-ehr',
  tier: 'L1',
  contact: 'on-call',
  channel: 'sms',
  state: 'delivered',
  at: NOW,
} as const;
const full: Overview = {
  drills: [drilled(ehr, 'failed', 53), drilled(lis, 'passed')],
  checks: [checked(ehr, 25), checked(lis, 0.4)],
  due: [dueIn(ehr, 12), dueIn(lis, -1)],
  matters: [matter('ehr', 'P1')],
  calls: [call],
  workers: [worker('rack-2.1', 0.001, { doing: ['drill lakeside/ehr'] }), worker('rack-1.9', 0.3)],
};

function shown(overview: Overview, plans: readonly PlanRow[], changes: Partial<StatusTerms> = {}): string {
  return statusText(statusOf({ now: NOW, plans, overview }), { ...terms, ...changes });
}

test('one screen says how it stands, what is due and who was called', () => {
  const text = shown(full, [lis, ehr]);

  expect(text).toBe(
    [
      '22 November 2026, 14:00:00 UTC',
      '2 systems of 2 clients: 1 failed, 1 passed.',
      '',
      '  System        Client    Standing  Drilled  Recovery    Data lost     Newest backup  Next drill',
      '✘ Lakeside EHR  lakeside  failed    3 d ago  6 s of 4 h  1 min of 1 h  25 h old       in 12 h',
      '    newest backup of database is 25 h old, at most 1 h was promised',
      '    P1 drill failed, open for 2 h; called: L1 on-call by sms (delivered) · e-ehr',
      '✔ Lakeside lab  harbor    passed    5 h ago  6 s of 4 h  1 min of 1 h  24 min old     due now',
      '',
      'Waiting to begin: 1 drill at rack.',
      '✘ worker rack-1.9 (rack): SILENT, last heard 18 min ago',
      '✔ worker rack-2.1 (rack): heard 4 s ago, at drill lakeside/ehr, 2 slots, 4 CPUs, 16.0 GiB, 80.0 GiB of disk',
      '',
    ].join('\n'),
  );
});

test('where there is little room the same is said in short', () => {
  const text = shown(full, [ehr], { terminal: { ...terms.terminal, columns: 80 } });

  expect(text).toMatch(/^✘ Lakeside EHR +failed +3 d( ago)? +6 s(\/| of )4 h +1 min(\/| of )1 h +25 h.* +12 h$|in 12 h$/m);
});

test.each([40, 60, 80, 100, 120, 200])('no line is wider than %d columns', columns => {
  const long = planned('long', { system: 'The picture archive and viewer of the whole hospital 漢字' });

  const text = shown({ ...full, drills: [...full.drills, drilled(long, 'inconclusive')] }, [ehr, lis, long], {
    terminal: { ...terms.terminal, columns },
  });

  // The figures of a row are never cut; below 60 columns they alone are wider.
  expect(text.split('\n').filter(line => widthOf(line) > Math.max(columns, 62))).toEqual([]);
});

test('the bad ones are shown first, the others are counted, and --all shows every one', () => {
  const plans = Array.from({ length: 100 }, (_, at) => planned(`p${at}`));
  const overview = { ...NOTHING, drills: plans.map((plan, at) => drilled(plan, at < 30 ? 'failed' : 'passed')) };

  const screen = shown(overview, plans);
  const all = shown(overview, plans, { all: true });

  expect(screen.split('\n').length).toBeLessThanOrEqual(24);
  expect(screen).toMatch(/^Not shown: \d+ that need a look, 70 in order\. See every one with resurgam status --all\.$/m);
  expect(all.match(/^[✔✘] System/gm)).toHaveLength(100);
  expect(all).not.toContain('Not shown');
});

test('what was never drilled, and what nobody looked at, is said and not shown as 0', () => {
  const text = shown(NOTHING, [ehr]);

  expect(text).toMatch(/^\? Lakeside EHR +never drilled +never +not tested +not tested +unknown +none planned$/m);
  expect(text).toContain('No worker has run here: nothing is checked or drilled by itself.');
});

test('without a plan it says how to get one', () => {
  const text = shown(NOTHING, []);

  expect(text).toContain('There is no plan yet: run resurgam init');
});

test('colour only repeats what words and signs say, and nothing of a name is obeyed', () => {
  const evil = planned('evil', { system: 'EHR \u001B[31m' });

  const coloured = shown(full, [ehr], { terminal: { ...terms.terminal, colour: true } });
  const plain = shown(NOTHING, [evil]);

  expect(coloured).toMatch(/\u001B\[31m✘\u001B\[0m Lakeside EHR +\u001B\[31mfailed/);
  expect(plain).not.toContain('\u001B');
});

test.each([
  [0, '0 s'],
  [59_001, '60 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [4_361_000, '1.3 h'],
  [36_000_000, '10 h'],
  [172_800_000, '2 d'],
])('%d ms is roughly %s', (ms, said) => {
  const text = roughly(ms);

  expect(text).toBe(said);
});
