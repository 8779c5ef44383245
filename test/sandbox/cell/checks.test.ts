import { expect, test } from 'vitest';
import { cpusOf, isOneOfSeveral } from '../../../src/sandbox/cell/checks.ts';

test('all components of a drill get the same CPUs, and drills are spread over those that there are', () => {
  const of = (drill: string): readonly number[] => cpusOf('0-3,8-11', { cpus: 2, drill });

  expect(of('d-1.database')).toEqual(of('d-1.documents'));
  expect(of('d-1')).toHaveLength(2);
  const used = new Set(Array.from({ length: 40 }, (_, number) => of(`d-${String(number)}`)).flat());
  expect([...used].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 8, 9, 10, 11]);
});

test.each([
  ['0-3', 8, [0, 1, 2, 3]],
  ['5', 1, [5]],
  ['2-3', 0.5, 1],
] as const)('of the CPUs %s, %d are at most those that there are and at least one', (list, cpus, expected) => {
  const given = cpusOf(list, { cpus, drill: 'd' });

  expect(typeof expected === 'number' ? given.length : given).toEqual(expected);
});

test('a sandbox is one of several if its label names a component', () => {
  expect([isOneOfSeveral('d-20261127T120000Z-1f'), isOneOfSeveral('d-20261127T120000Z-1f.database')]).toEqual([false, true]);
});
