import { expect, test } from 'vitest';
import { pointId } from '../../src/backup/point-id.ts';

test('a recovery point is named by its kind, its moment to the second and a pseudonym', () => {
  expect(pointId('dump', '2026-11-01T02:00:00.123Z', '4fd2ab90c1e7aaaa')).toBe('dump-20261101T020000Z-4fd2ab90c1e7');
  expect(pointId('borg', null, '4fd2ab90c1e7')).toBe('borg-unknown-4fd2ab90c1e7');
});
