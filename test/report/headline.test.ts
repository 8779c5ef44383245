import { expect, test } from 'vitest';
import { headline } from '../../src/report/headline.ts';
import { sampleDrills as sample, type SampleDrills } from '../fixtures/records.ts';

const line = (name: keyof SampleDrills): string => {
  const { statement, because } = headline(sample[name]);
  return `${statement} ${because}`;
};

test.each<[keyof SampleDrills, string]>([
  ['passed', 'This system came back. Usable after 1 h 12 min 41 s; its data were 31 min old.'],
  ['passedSampled', 'This system came back. The recovery time was not tested; its data were 31 min old.'],
  ['tooOld', 'It came back, but older than promised: its data were 1 h 23 min old, the objective is 1 h.'],
  ['tooLate', 'It came back, but later than promised: with detection and decision it takes 4 h 15 min, the objective is 4 h.'],
  [
    'tooLateAndOld',
    'It came back, but later and older than promised: it took 5 h 33 min 22 s, the objective is 4 h; its data were 1 h 23 min old, the objective is 1 h.',
  ],
  ['failedRows', 'This system did NOT come back: the table public.encounter came back with 391,007 rows; 418,220 were expected.'],
  ['failedNoPoint', 'This backup did NOT come back: there is no usable backup to restore.'],
  ['inconclusive', 'We could not tell: the sandbox ran out of disk during the restore; nothing is said about the backup.'],
  ['stopped', 'We could not tell: the drill was stopped by a person before it could conclude.'],
])('the headline of the drill "%s" says what a director must know', (name, expected) => {
  const said = line(name);

  expect(said).toBe(expected);
});

test('a default is not called a promise', () => {
  const record = { ...sample.tooOld, objectives: { ...sample.tooOld.objectives, source: 'default' as const } };

  const { statement } = headline(record);

  expect(statement).toBe('It came back, but older than the default objective:');
});

test('a finding that is not required is not the reason', () => {
  const { because } = headline(sample.failedRows);

  expect(because).not.toContain('index');
});

test('how many more findings decided is said', () => {
  const [bad] = sample.failedRows.findings.filter(found => found.outcome === 'failed' && found.required);
  if (bad === undefined) throw new Error('the sample has a failed finding');

  const { because } = headline({ ...sample.failedRows, findings: [bad, bad, bad] });

  expect(because).toMatch(/ And 2 more findings like it\.$/);
});

test('a question that was not asked is the reason when nothing else is', () => {
  const skipped = sample.failedCutOff.findings.filter(found => found.outcome === 'skipped');

  const { because } = headline({ ...sample.inconclusive, findings: skipped });

  expect(because).toMatch(/^not asked, because an earlier step did not succeed\./);
});

test('a reason that is no finding of the drill is said, too', () => {
  const { because } = headline({ ...sample.inconclusive, findings: [], reasons: ['drill.worker-lost'] });

  expect(because).toBe('the process that ran this drill ended unexpectedly; the drill could not conclude.');
});

test('the longest name does not bury the verdict', () => {
  const { because } = headline(sample.ugly);

  expect(because.length).toBeLessThan(300);
});
