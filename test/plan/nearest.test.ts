import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyOnly, safeLine, sayText } from '../../src/plan/excerpt.ts';
import { editDistance, nearest } from '../../src/plan/nearest.ts';

test.each([
  ['form', 'from'],
  ['tol', 'tool'],
  ['conract', 'contract'],
  ['Components', 'components'],
  ['zebra', undefined],
  ['', undefined],
])('for "%s" the likely key is %s', (word, meant) => {
  expect(nearest(word, ['from', 'tool', 'contract', 'components'])).toBe(meant);
});

test('the distance of words is that of slips', () => {
  expect(editDistance('from', 'form')).toBe(1);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test.each([
  ['  password: hunter2', '  password: …'],
  ['  { user: x, apiKey: hunter2, more: y }', '  { user: x, apiKey: …'],
  ['  "secret" : hunter2', '  "secret" : …'],
  ['  url: https://bob:hunter2@host/x', '  url: https://…@host/x'],
  ['  rto: 4 hours', '  rto: 4 hours'],
])('the line "%s" is shown as "%s"', (line, shown) => {
  expect(safeLine(line)).toBe(shown);
});

test('a line that could not be read is shown up to its key, or not at all', () => {
  expect(keyOnly('  - thing: "hunter2')).toBe('  - thing: …');
  expect(keyOnly('  hunter2')).toBeUndefined();
});

test('what was found is one short line without what a terminal obeys', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), text => {
      const said = sayText(text);

      expect(said).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
      expect(said.length).toBeLessThanOrEqual(6 * 60 + 2);
    }),
  );
});
