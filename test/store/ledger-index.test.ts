import { expect, test } from 'vitest';
import type { Statement } from '../../src/evidence/statement.ts';
import { LedgerIndex } from '../../src/store/ledger-index.ts';

const entry = (type: string, seq: number): Statement =>
  ({ type, predicate: { seq, at: '2026-11-27T12:00:00.000Z', drill: 'r-1' }, subjects: [] }) as unknown as Statement;

test('the record of a recovery is evidence once its entry says so: until then it is what a crash left', () => {
  const index = new LedgerIndex();
  const vouches: boolean[] = [];

  for (const [seq, type] of ['recovery-started', 'recovery-finished'].entries()) {
    vouches.push(index.vouchesFor('recoveries/r-1.json'));
    index.take(entry(type, seq + 1));
  }

  expect([...vouches, index.vouchesFor('recoveries/r-1.json')]).toEqual([false, false, true]);
  expect(index.vouchesFor('keys/machine.pem')).toBe(true);
});
