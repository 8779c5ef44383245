import { expect, test } from 'vitest';
import type { ConsistencyCheck } from '../../src/plan/plan.ts';
import { judgePosition, judgeReferences, type ReferencesSeen } from '../../src/probe/consistency.ts';

const check: ConsistencyCheck = {
  ...{ kind: 'references', name: 'Documents', required: true, of: 'database', lagMs: 0, each: 'select 1', existsIn: 'documents' },
  ...{ as: null, strip: null, below: null, digests: 'all', others: { pattern: null, atMost: 2 } },
};
const at = { check, component: 'documents' };
const said = (seen: Partial<ReferencesSeen>): string[] =>
  judgeReferences(at, { asked: 10, missing: 0, digests: { given: 10, read: 10, unread: 0, differ: 0 }, others: null, ...seen }).map(
    one => `${one.code} ${one.outcome}`,
  );

test('what fits passes, and digests that nobody read are not called compared', () => {
  expect(said({})).toEqual(['consistency.ok passed', 'consistency.digests-compared passed']);
  expect(said({ digests: { given: 10, read: 0, unread: 0, differ: 0 } })).toEqual(['consistency.ok passed']);
});

test('nothing that is missing, altered, unread or too much passes beside it', () => {
  expect(said({ missing: 1 })).toEqual(['consistency.missing failed']);
  expect(said({ digests: { given: 10, read: 9, unread: 1, differ: 1 } })).toEqual([
    'consistency.altered failed',
    'consistency.unread inconclusive',
  ]);
  expect(said({ others: { files: 13, without: 3 } })).toEqual(['consistency.without-row failed']);
  expect(said({ others: { files: 12, without: 2 } })).toContain('consistency.ok passed');
});

test('rows that refer to nothing prove nothing', () => {
  expect(said({ asked: 0 })).toEqual(['consistency.nothing-referred inconclusive']);
});

test.each([
  [{ highest: 40, limit: 41 }, 'consistency.ok passed'],
  [{ highest: 41, limit: 41 }, 'consistency.ok passed'],
  [{ highest: 42, limit: 41 }, 'consistency.beyond failed'],
  [{ highest: 1, limit: null }, 'consistency.beyond failed'],
  [{ highest: null, limit: 41 }, 'consistency.nothing-referred inconclusive'],
])('a position %o is %s', (seen, expected) => {
  const found = judgePosition(at, seen);

  expect(`${found.code} ${found.outcome}`).toBe(expected);
});
