import { expect, test } from 'vitest';
import { verifyProgress } from '../../src/cli/verify-progress.ts';

function shown(isTTY: boolean, steps: readonly (readonly [ms: number, readBytes: number])[]): readonly string[] {
  const written: string[] = [];
  let ms = 0;
  const stream = { isTTY, write: (text: string) => written.push(text) };
  const progress = verifyProgress(stream, { env: {}, now: () => ms });
  for (const [at, readBytes] of steps) {
    ms = at;
    progress.show({ readBytes, totalBytes: 8_000_000 });
  }
  progress.end();
  return written;
}

test('a long verification says on a terminal how far it came, and takes the line away again', () => {
  const written = shown(true, [
    [400, 1_000_000],
    [2000, 2_000_000],
    [2100, 2_100_000],
    [8000, 8_000_000],
  ]);

  expect(written).toEqual(['\r\u001B[Kverifying: 25 % of 8 MB, about 6 s left', '\r\u001B[Kverifying: 100 % of 8 MB', '\r\u001B[K']);
});

test('a short one says nothing, and neither does one that nobody watches', () => {
  expect(shown(true, [[900, 8_000_000]])).toEqual([]);
  expect(shown(false, [[9000, 4_000_000]])).toEqual([]);
});
