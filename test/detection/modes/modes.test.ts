import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT } from '../../e2e/cli.ts';
import type { Injection } from './mode.ts';
import { modes } from './modes.ts';

/** By the letter of a group, the numbers that it has. */
const KNOWN = {
  A: '01 02 03 04 05 06 08 09 10 11 13 14 15 16 17 18 20 21 22 23 24 25',
  P: '01 02 04 05 06 09 10 11 13 14 15 16 17 18 19 20',
  W: '01 02 03 04 05 06 08 09 10 11 13 14 15 16 19 20 21 22 24 25 26 27 28',
  M: '01 02 03 04 05 09 11 13 14 15 16 17 18 19 20 21 22',
  F: '01 02 03 04 05 06 07 08 09 11 13 14 16 18 19 20 21 22 24 25',
  S: '01 02 03 05',
  V: '01 03 05 06',
  X: '01 02 03 04 05 06 07 08 09 10 11 12 13 14',
};
const ids = Object.entries(KNOWN).flatMap(([group, numbers]) => numbers.split(' ').map(number => `${group}${number}`));

const injections = Object.entries(modes).flatMap(([id, mode]) =>
  'injected' in mode ? mode.injected.map(one => [id, ...one] as const) : [],
);

const read = (file: string): Promise<string> => readFile(join(CHECKOUT, 'test', file), 'utf8');

/** Codes are said beside the title, as they are or by the patterns of a table that allows several. */
function says(all: string, title: string, code: string): boolean {
  const at = all.indexOf(title);
  const text = all.slice(Math.max(0, at - 300), at + 2_500);
  const patterns = [...text.matchAll(/code: \/(\^.+\$)\/,/g)].map(([, pattern = '']) => new RegExp(pattern));
  return [`'${code}`, `\`${code}`].some(quoted => text.includes(quoted)) || patterns.some(pattern => pattern.test(code));
}

test('every known mode is in the register, and no other', () => {
  expect(Object.keys(modes).sort()).toEqual([...ids].sort());
});

test('each that concerns us is injected', () => {
  expect(Object.entries(modes).flatMap(([id, mode]) => ('missing' in mode ? [id] : []))).toEqual([]);
});

test.each(injections)('%s is injected in %s: %s', async (...row) => {
  const [id, ...[file, title, code]] = row as readonly [string, ...Injection];
  const text = await read(file);

  expect(text).toMatch(new RegExp(`\\b${id}\\b`));
  expect(
    [`'${title}'`, `\`${title}\``, `"${title}"`].some(quoted => text.includes(quoted)),
    title,
  ).toBe(true);
  if (code !== null) expect(says(text, title, code), code).toBe(true);
});

test('modes of groups W, M, F and X are injected where whole backups are judged', () => {
  const elsewhere = ids.filter(id => {
    const mode = modes[id];
    return /^[WMFX]/.test(id) && mode !== undefined && 'injected' in mode && !mode.injected.some(([file]) => file.startsWith('detection/'));
  });

  expect(elsewhere).toEqual([]);
});

test('whatever a test of detection says that it injects is in the register', async () => {
  const files = (await readdir(join(CHECKOUT, 'test/detection'))).filter(name => name.endsWith('.ts')).map(name => `detection/${name}`);
  const known = new Set(injections.map(([id, file]) => `${id} ${file}`));
  const said: string[] = [];
  for (const file of files) for (const [id] of (await read(file)).matchAll(/\b[APWMFSVX]\d\d\b/g)) said.push(`${id} ${file}`);

  expect([...new Set(said)].filter(one => !known.has(one))).toEqual([]);
});
