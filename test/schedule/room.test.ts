import { expect, test } from 'vitest';
import { atMost, fits, roomLeft, roomNeeded } from '../../src/schedule/room.ts';

const GIB = 2 ** 30;
const machine = { cpus: 4, memoryBytes: 16 * GIB, diskBytes: 100 * GIB };
const limits = (more: object = {}) => ({ timeMs: 1, processes: 512, diskBytes: null, memoryBytes: null, cpus: null, ...more });

test('drills of plans without limits share a machine by its slots', () => {
  const one = roomNeeded(limits(), machine, 3);

  expect(fits(one, roomLeft(machine, [one, one]))).toBe(true);
  expect(fits(one, roomLeft(machine, [one, one, one]))).toBe(false);
});

test.each([
  ['CPUs', { cpus: 3 }],
  ['memory', { memoryBytes: 10 * GIB }],
  ['disk', { diskBytes: 60 * GIB }],
])('a drill that asks for much of the %s begins when nobody else does', (_what, asked) => {
  const one = roomNeeded(limits(asked), machine, 2);

  expect(fits(one, machine)).toBe(true);
  expect(fits(one, roomLeft(machine, [one]))).toBe(false);
});

test('a small machine with many slots drills one plan without limits at least', () => {
  const small = { cpus: 1, memoryBytes: GIB / 4, diskBytes: GIB };

  expect(fits(roomNeeded(limits(), small, 64), small)).toBe(true);
});

test('a drill that asks for more than the only machine has is given all of it, and begins alone', () => {
  const small = { cpus: 2, memoryBytes: 4 * GIB, diskBytes: 10 * GIB };
  const asked = roomNeeded(limits({ cpus: 8, memoryBytes: 8 * GIB, diskBytes: 20 * GIB }), small, 2);
  const one = atMost(asked, small);

  expect(fits(asked, small)).toBe(false);
  expect(fits(one, small)).toBe(true);
  expect(fits(one, roomLeft(small, [one]))).toBe(false);
});

test('fewer CPUs than a plan asks for keep no drill from beginning', () => {
  const small = { cpus: 1, memoryBytes: 4 * GIB, diskBytes: 10 * GIB };

  expect(fits(roomNeeded(limits({ cpus: 8 }), small, 1), small)).toBe(true);
});
