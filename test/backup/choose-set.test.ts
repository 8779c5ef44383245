import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseSet, type Order } from '../../src/backup/choose-set.ts';

interface Point {
  readonly id: string;
  readonly consistentAt: string;
  readonly availableAt: string;
}

/** A point `minutes` after midnight. */
function at(minutes: number): Point {
  const moment = new Date(Date.UTC(2026, 10, 1) + minutes * 60_000).toISOString();
  return { id: `p-${String(minutes)}`, consistentAt: moment, availableAt: moment };
}

const minutesOf = (points: ReadonlyMap<string, Point> | undefined): Record<string, number> =>
  Object.fromEntries([...(points ?? [])].map(([name, { id }]) => [name, Number(id.slice(2))]));
const rows: Order = { earlier: 'database', later: 'documents', lagMs: 0 };

test('rows are taken back to the newest point that is not later than their files', () => {
  const points = new Map([
    ['database', [at(0), at(60), at(120), at(180)]],
    ['documents', [at(30), at(130)]],
  ]);

  const chosen = chooseSet(points, [rows]);

  expect(minutesOf(chosen?.points)).toEqual({ database: 120, documents: 130 });
  expect(chosen?.older).toEqual(['database']);
});

test('a lag lets rows be newer by so much', () => {
  const points = new Map([
    ['database', [at(120), at(180)]],
    ['documents', [at(130)]],
  ]);

  expect(minutesOf(chooseSet(points, [{ ...rows, lagMs: 50 * 60_000 }])?.points)).toEqual({ database: 180, documents: 130 });
});

test('the newest of each are taken where they fit', () => {
  const points = new Map([
    ['database', [at(0), at(60)]],
    ['documents', [at(10), at(61)]],
  ]);

  expect(chooseSet(points, [rows])?.older).toEqual([]);
});

test('what must be taken back may take back what waits for it in turn', () => {
  const points = new Map([
    ['queue', [at(10), at(50), at(90)]],
    ['database', [at(40), at(80)]],
    ['documents', [at(45)]],
  ]);

  const chosen = chooseSet(points, [{ earlier: 'queue', later: 'database', lagMs: 0 }, rows]);

  expect(minutesOf(chosen?.points)).toEqual({ queue: 10, database: 40, documents: 45 });
});

test('nothing fits if every row is later than every file', () => {
  const points = new Map([
    ['database', [at(60)]],
    ['documents', [at(30)]],
  ]);

  expect(chooseSet(points, [rows])).toBeUndefined();
});

test('the set keeps every order, and no newer point of any component would', () => {
  const moments = fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(moments, moments, moments, (a, b, c) => {
      const points = new Map([
        ['queue', a.map(at)],
        ['database', b.map(at)],
        ['documents', c.map(at)],
      ]);
      const orders: Order[] = [{ earlier: 'queue', later: 'database', lagMs: 0 }, rows];
      const all = a.flatMap(q => b.flatMap(d => c.flatMap(f => (q <= d && d <= f ? [[q, d, f] as const] : []))));
      const chosen = minutesOf(chooseSet(points, orders)?.points);
      const newest = (which: 0 | 1 | 2): number => Math.max(...all.map(set => set[which]));
      expect(chosen).toEqual(all.length === 0 ? {} : { queue: newest(0), database: newest(1), documents: newest(2) });
    }),
  );
});
