import { expect, test } from 'vitest';
import { searchNewestGood, type Tried } from '../../src/drill/search.ts';

/** Searches a list of which all from `firstGood` on are good; the first is known to be bad. */
async function search(count: number, firstGood: number, unknown: readonly number[] = []): Promise<{ found: unknown; tried: number[] }> {
  const tried: number[] = [];
  const judge = (index: number): Tried => (unknown.includes(index) ? 'unknown' : index >= firstGood ? 'good' : 'bad');
  const found = await searchNewestGood(count, index => {
    tried.push(index);
    return Promise.resolve(judge(index));
  });
  return { found, tried };
}

test('the newest good one is found wherever it is, and its next newer one was tried', async () => {
  for (const count of [2, 3, 10, 64, 365]) {
    for (let firstGood = 1; firstGood < count; firstGood += 1) {
      const { found, tried } = await search(count, firstGood);
      expect(found).toEqual({ found: firstGood, certain: true });
      expect([0, ...tried]).toContain(firstGood - 1);
      expect(tried.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count)));
      expect(new Set(tried).size).toBe(tried.length);
    }
  }
});

test('if only the newest is bad one try is enough', async () => {
  expect((await search(1_000, 1)).tried).toEqual([1]);
});

test('none is good: the oldest was tried too', async () => {
  const { found, tried } = await search(10, 10);

  expect(found).toEqual({ found: undefined, certain: true });
  expect(tried).toEqual([1, 3, 7, 9]);
  expect((await search(1, 1)).tried).toEqual([]);
});

test('one that cannot be told ends the search, with what was found so far', async () => {
  expect((await search(10, 10, [1])).found).toEqual({ found: undefined, certain: false });
  expect((await search(10, 5, [5])).found).toEqual({ found: 7, certain: false });
});
