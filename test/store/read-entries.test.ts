import { appendFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { entriesFrom } from '../../src/store/read-entries.ts';
import { desk } from '../escalate/desk.ts';

async function seqs(at: Parameters<typeof entriesFrom>[0], from: number): Promise<readonly number[]> {
  const all: number[] = [];
  for await (const { predicate } of entriesFrom(at, from)) all.push(predicate.seq);
  return all;
}

test('entries are read from a place on, in order, and half a line at the end is none', async () => {
  await using at = await desk();
  const fields = { worker: 'worker-1', intervalMs: 1, openDrills: [] };
  for (let count = 0; count < 3; count += 1) {
    await at.ledger.append({ type: 'heartbeat', actor: { kind: 'worker', id: 'worker-1' }, fields });
  }
  await appendFile(at.ledger.paths.lines, '{"payloadType":"appl');

  expect(await seqs(at.ledger, 0)).toEqual([0, 1, 2, 3]);
  expect(await seqs(at.ledger, 2)).toEqual([2, 3]);
  expect(await seqs(at.ledger, 4)).toEqual([]);
});
