import { expect, test } from 'vitest';
import { attemptsIn } from '../../../src/sandbox/cell/attempts.ts';
import { lines } from '../../../src/system/lines.ts';
import { isBelow } from '../../../src/sandbox/cell/mounts.ts';

test('counts lookups without a route and connections begun, of both protocols', () => {
  const text = [
    'Ip: Forwarding DefaultTTL OutNoRoutes ReasmTimeout',
    'Ip: 2 64 5 0',
    'Tcp: RtoAlgorithm ActiveOpens PassiveOpens',
    'Tcp: 1 3 9',
    'Ip6OutNoRoutes                  \t4',
  ].join('\n');

  expect(attemptsIn(text)).toBe(12);
});

test('counts nothing in a text that does not tell', () => {
  expect(attemptsIn('')).toBe(0);
});

test('cuts lines wherever the chunks were cut, also within a letter', () => {
  const got: string[] = [];
  const cut = lines(line => void got.push(line));
  const bytes = Buffer.from('one\ntwö\n\nlast');

  for (const byte of bytes) cut.chunk(Buffer.from([byte]));
  cut.end();

  expect(got).toEqual(['one', 'twö', '', 'last']);
});

test('takes a path for below a folder only if it is', () => {
  expect([isBelow('/a/b', '/a/b/c'), isBelow('/a/b', '/a/b/..c'), isBelow('/', '/x')]).toEqual([true, true, true]);
  expect([isBelow('/a/b', '/a/b'), isBelow('/a/b', '/a/bc'), isBelow('/a/b', '/a'), isBelow('/a/b', '/a/b/../c')]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
