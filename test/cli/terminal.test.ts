import { expect, test } from 'vitest';
import { block, clip, padTo, paint, printable, terminalOf, widthOf, wrap } from '../../src/cli/terminal.ts';

const utf8 = { LANG: 'en_US.UTF-8', TERM: 'xterm' };
const plain = { colour: false, columns: 60, unicode: true };

test.each([
  { what: 'a terminal', stream: { isTTY: true }, env: {}, colour: true },
  { what: 'a pipe', stream: {}, env: {}, colour: false },
  { what: 'a terminal with NO_COLOR', stream: { isTTY: true }, env: { NO_COLOR: '1' }, colour: false },
  { what: 'a terminal with an empty NO_COLOR', stream: { isTTY: true }, env: { NO_COLOR: '' }, colour: true },
  { what: 'a terminal that can nothing', stream: { isTTY: true }, env: { TERM: 'dumb' }, colour: false },
  { what: 'a pipe with FORCE_COLOR', stream: {}, env: { FORCE_COLOR: '1' }, colour: true },
  { what: 'a pipe with FORCE_COLOR against NO_COLOR', stream: {}, env: { FORCE_COLOR: '1', NO_COLOR: '1' }, colour: false },
])('$what: colour is $colour', ({ stream, env, colour }) => {
  const decided = terminalOf(stream, { ...utf8, ...env });

  expect(decided.colour).toBe(colour);
});

test('without a locale of Unicode plain characters are used', () => {
  const terminals = [terminalOf({}, { LANG: 'C' }), terminalOf({}, utf8), terminalOf({}, { ...utf8, LC_ALL: 'C' })];

  expect(terminals.map(one => one.unicode)).toEqual([false, true, false]);
});

test('colour is taken off without colours', () => {
  const said = [paint(plain, ['red'], 'x'), paint({ ...plain, colour: true }, ['bold', 'red'], 'x')];

  expect(said).toEqual(['x', '\u001B[1;31mx\u001B[0m']);
});

test('what a terminal would obey is taken out of names', () => {
  const said = printable('a\u001B]0;title\u0007b\rc\u202Ed\u009B31m\n');

  expect(said).toBe('a\u{FFFD}]0;title\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}31m\n');
});

test.each([
  ['abc', 3],
  ['漢字', 4],
  ['🔥', 2],
  ['é', 1],
  ['e\u0301', 1],
  ['👩‍👩‍👧', 2],
  ['\u001B[1mabc\u001B[0m', 3],
  ['', 0],
])('the width of %j is %d', (text, width) => {
  const columns = widthOf(text);

  expect(columns).toBe(width);
});

test('a text is cut at the column, not in the middle of a character', () => {
  const cut = [clip('漢字漢字', 5), clip('abc', 3), clip('abcd', 3)];

  expect(cut).toEqual(['漢字…', 'abc', 'ab…']);
});

test('text is filled up to the column by its width', () => {
  const filled = padTo('漢', 4);

  expect(filled).toBe('漢  ');
});

test('lines are as wide as the terminal at most, and no word is lost', () => {
  const text = `one ${'x'.repeat(95)} two 漢字漢字 three`;

  const lines = wrap(text, 20);

  expect(lines.every(line => widthOf(line) <= 20)).toBe(true);
  expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
});

test('a number stays with its unit at the end of a line', () => {
  const lines = wrap('it took 1 h 12 min', 16);

  expect(lines).toEqual(['it took 1 h', '12 min']);
});

test('running text is indented and never longer than can be read', () => {
  const lines = block('word '.repeat(100), { ...plain, columns: 300 }, '  ');

  expect(lines.every(line => line.startsWith('  word') && line.length <= 100)).toBe(true);
});
