import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { choosePoint, newestFirst } from '../../src/backup/choose.ts';

interface Vector {
  readonly id: string;
  readonly failureInstant: string;
  readonly points: readonly { readonly id: string; readonly consistentAt: string; readonly availableAt: string }[];
  readonly chosen: string;
}
const vectors = JSON.parse(readFileSync('test/vectors/measurement.json', 'utf8')) as { choosePoint: readonly Vector[] };

const point = (id: string, consistentAt: string | null, availableAt: string) => ({ id, consistentAt, availableAt });
const POINTS = [
  point('a', '2026-11-01T01:00:00.000Z', '2026-11-01T01:10:00.000Z'),
  point('b', '2026-11-01T02:00:00.000Z', '2026-11-01T02:10:00.000Z'),
  point('c', '2026-11-01T03:00:00.000Z', '2026-11-01T03:10:00.000Z'),
];
const at = (failureInstant: string, seed = 'seed') => ({ failureInstant, seed });

describe('the recovery point of a drill', () => {
  it.each([...vectors.choosePoint])('follows $id of the measurement vectors', vector => {
    const chosen = choosePoint(vector.points, 'latest', at(vector.failureInstant));

    expect(chosen?.id).toBe(vector.chosen);
  });

  it('is none if nothing was in place before the failure', () => {
    expect(choosePoint(POINTS, 'latest', at('2026-11-01T00:59:00.000Z'))).toBeUndefined();
    expect(choosePoint(POINTS.slice(0, 0), 'random', at('2026-11-01T00:59:00.000Z'))).toBeUndefined();
  });

  it('is the oldest, or the newest up to a moment, if the plan says so', () => {
    expect(choosePoint(POINTS, 'oldest', at('2026-11-02T00:00:00.000Z'))?.id).toBe('a');
    expect(choosePoint(POINTS, { at: '2026-11-01T02:59:59.000Z' }, at('2026-11-02T00:00:00.000Z'))?.id).toBe('b');
    expect(choosePoint(POINTS, { at: '2026-10-31T00:00:00.000Z' }, at('2026-11-02T00:00:00.000Z'))).toBeUndefined();
  });

  it('drawn at random is the same for the same seed, in whatever order the points come', () => {
    const same = fc.property(fc.string(), fc.shuffledSubarray(POINTS, { minLength: 3 }), (seed, shuffled) => {
      const moment = at('2026-11-02T00:00:00.000Z', seed);
      return choosePoint(shuffled, 'random', moment)?.id === choosePoint(POINTS, 'random', moment)?.id;
    });

    expect(() => fc.assert(same)).not.toThrow();
  });

  it('drawn at random can be every point', () => {
    const seen = new Set(
      Array.from({ length: 50 }, (_, seed) => choosePoint(POINTS, 'random', at('2026-11-02T00:00:00.000Z', String(seed)))?.id),
    );

    expect(seen.size).toBe(3);
  });

  it('that does not say its moment is ordered by when it became available', () => {
    const unknown = point('x', null, '2026-11-01T02:30:00.000Z');

    expect(newestFirst([...POINTS, unknown]).map(({ id }) => id)).toEqual(['c', 'x', 'b', 'a']);
  });
});
