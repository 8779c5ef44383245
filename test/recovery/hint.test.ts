import { expect, test } from 'vitest';
import { resuming } from '../../src/recovery/recovery.ts';
import { sourcesIn } from '../fixtures/sources.ts';

test.each([
  ['Run the drill again.', 'Go on with --resume.'],
  ['Start the drill again: it continues where it was.', 'Go on with --resume.'],
  ['Raise `limits: { memory: … }` in the plan.', 'Raise `limits: { memory: … }` in the plan. Then go on with --resume.'],
  [
    'See whether the backup job was replacing it, and start the drill again when it has ended.',
    'See whether the backup job was replacing it. Then go on with --resume.',
  ],
])('“%s” is in a recovery “%s”', (hint, said) => {
  expect(resuming(hint)).toBe(said);
});

test('no advice of the product speaks of another drill in a recovery', () => {
  const hints = sourcesIn('src').flatMap(({ text }) =>
    [...text.matchAll(/hint: '([^']*drill again[^']*)'/g)].map(([, hint = '']) => resuming(hint)),
  );

  expect(hints.length).toBeGreaterThan(20);
  expect(hints.filter(hint => /drill/i.test(hint))).toEqual([]);
});
