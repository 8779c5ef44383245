import fc from 'fast-check';
import { expect, test } from 'vitest';
import { oneLine, shortened, withTexts } from '../../src/escalation/one-line.ts';

test('leaves one line, without marks that end a header or turn the writing round', () => {
  expect(oneLine(' EHR\r\nBcc: all@evil.example\u0000\u202Etxt\u2028x ')).toBe('EHR Bcc: all@evil.example txt x');
  expect(oneLine('Köln 日本 👩‍⚕️')).toBe('Köln 日本 👩‍⚕️');
});

test('is one line and whole characters for every text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 40 }), (text, most) => {
      const short = shortened(oneLine(text), most);

      expect(short).not.toMatch(/[\p{Cc}\p{Cs}]/u);
      expect(short.length).toBeLessThanOrEqual(most);
    }),
  );
});

test('shortens with an ellipsis and never cuts a character in two', () => {
  expect(shortened('abcdef', 6)).toBe('abcdef');
  expect(shortened('abcdefg', 6)).toBe('abcde…');
  expect(shortened('ab👩👩👩', 4)).toBe('ab…');
});

test('passes every text of a view through, wherever it stands', () => {
  const view = { a: 'x', b: [{ c: 'y' }, 'z'], d: 1, e: null, f: true };

  expect(withTexts(view, text => text.toUpperCase())).toEqual({ a: 'X', b: [{ c: 'Y' }, 'Z'], d: 1, e: null, f: true });
});
