import { setTimeout as wait } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inTurn, type Piece } from '../../src/drill/in-turn.ts';

const piece = (name: string, weight: number, ...needs: string[]): Piece => ({ name, weight, needs });

/** Does the pieces; answers in which order they began and how many ran together at most. */
async function done(pieces: readonly Piece[], parallel: number): Promise<{ begun: string[]; most: number }> {
  const begun: string[] = [];
  let running = 0;
  let most = 0;
  const ended = new Set<string>();
  await inTurn(pieces, parallel, async name => {
    expect(pieces.find(one => one.name === name)?.needs.every(need => ended.has(need))).toBe(true);
    begun.push(name);
    most = Math.max(most, ++running);
    await Promise.resolve();
    running -= 1;
    ended.add(name);
  });
  return { begun, most };
}

test('the longest way to the end begins first, ties by name', async () => {
  const pieces = [piece('directory', 600), piece('documents', 2402), piece('database', 4324), piece('archive', 600)];

  expect(await done(pieces, 1)).toEqual({ begun: ['database', 'documents', 'archive', 'directory'], most: 1 });
});

test('a short piece that a long one waits for begins before a longer one that nobody needs', async () => {
  const pieces = [piece('a', 600), piece('b', 900, 'a'), piece('c', 1200)];

  expect((await done(pieces, 1)).begun).toEqual(['a', 'c', 'b']);
});

test('every piece is done once, after those that it needs, never more than allowed side by side', async () => {
  const one = fc.record({ weight: fc.nat(100), needs: fc.array(fc.nat(20), { maxLength: 3 }) });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 4 }), async (drawn, parallel) => {
      const pieces = drawn.map(({ weight, needs }, at) =>
        piece(`p${String(at)}`, weight, ...needs.filter(need => need < at).map(need => `p${String(need)}`)),
      );
      const { begun, most } = await done(pieces, parallel);
      expect([...begun].sort()).toEqual(pieces.map(({ name }) => name).sort());
      expect(most).toBeLessThanOrEqual(parallel);
    }),
  );
});

test('when a piece breaks, those that run end first and no other one begins', async () => {
  const seen: string[] = [];
  const work = async (name: string): Promise<void> => {
    seen.push(`${name} begins`);
    if (name === 'bad') throw new Error('broke');
    await wait(5);
    seen.push(`${name} ends`);
  };

  await expect(inTurn([piece('bad', 9), piece('good', 8), piece('later', 1)], 2, work)).rejects.toThrow('broke');
  expect(seen).toEqual(['bad begins', 'good begins', 'good ends']);
});

test('needs that go in a circle are refused before anything begins', async () => {
  const seen: string[] = [];
  const circle = [piece('a', 1, 'b'), piece('b', 1, 'a')];

  await expect(inTurn(circle, 2, name => Promise.resolve(void seen.push(name)))).rejects.toThrow(RangeError);
  expect(seen).toEqual([]);
});
