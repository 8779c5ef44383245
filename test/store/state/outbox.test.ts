import { describe, expect, test } from 'vitest';
import type { Entry } from '../../../src/evidence/entry.ts';
import type { Ledger } from '../../../src/store/ledger.ts';
import { clientsWaiting, drainOutbox, putEntries, refusedEntries } from '../../../src/store/state/outbox.ts';
import type { State, Tx } from '../../../src/store/state/state.ts';
import { desk, type Desk } from '../../escalate/desk.ts';

function note(escalation: string): Entry {
  const fields = { escalation, field: 'state', from: 'open', to: 'acknowledged', reason: 'somebody works on it' } as const;
  return { type: 'escalation-changed', actor: { kind: 'system', id: 'resurgam' }, fields };
}

function put(at: Desk, ...entries: readonly Entry[]): Promise<void> {
  return at.at.state.of('lakeside', tx => putEntries(tx, 'lakeside', entries));
}

/** What the ledger says of them, in its order. */
async function said(at: Desk): Promise<readonly unknown[]> {
  return (await at.entries('escalation-changed')).map(({ predicate }) => predicate['escalation']);
}

class Died extends Error {}

/** Stands for a process that dies right after the n-th thing that it does to the state or the ledger: what was done, was done. */
function dying(at: Desk, after: number): { readonly state: State; readonly ledger: Ledger } {
  let left = after;
  const did = <T>(value: T): T => {
    left -= 1;
    if (left === 0) throw new Died('died');
    return value;
  };
  const { state } = at.at;
  const ledger = new Proxy(at.ledger, {
    get: (target, name) => {
      if (name === 'append') return async (entry: Entry) => did(await target.append(entry));
      if (name === 'appendAll') return async (decide: Parameters<Ledger['appendAll']>[0]) => did(await target.appendAll(decide));
      if (name === 'open')
        return async () => {
          await target.open();
          did(undefined);
        };
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const of = async <T>(client: string, work: (tx: Tx) => Promise<T>): Promise<T> => did(await state.of(client, work));
  return { state: { ...state, of, all: work => state.all(work), close: () => state.close() }, ledger };
}

describe('entries that wait for the ledger', () => {
  test('come into it once, in order, wherever a process dies, with other entries in between', async () => {
    await using at = await desk();
    const heartbeat = { worker: 'worker-1', intervalMs: 1, openDrills: [] };
    const expected: string[] = [];
    for (let step = 1; step <= 9; step += 1) {
      const names = ['a', 'b', 'b', 'c'].map(name => `e-${step}-${name}`);
      await put(at, ...names.map(note));
      const first = dying(at, step);
      await drainOutbox(first.state, first.ledger).catch((error: unknown) => expect(error).toBeInstanceOf(Died));
      await at.ledger.append({ type: 'heartbeat', actor: { kind: 'worker', id: 'worker-1' }, fields: heartbeat });
      await put(at, note(`e-${step}-late`));
      const { state, ledger } = dying(at, 4);
      await drainOutbox(state, ledger).catch((error: unknown) => expect(error).toBeInstanceOf(Died));
      await drainOutbox(at.at.state, at.ledger);
      expected.push(...names, `e-${step}-late`);
    }

    expect(await said(at)).toEqual(expected);
    expect(await at.rows('select id from outbox')).toEqual([]);
  });

  test('come into it once when two processes take them at the same time', async () => {
    await using at = await desk();
    const names = Array.from({ length: 30 }, (_, index) => `e-${index}`);
    await put(at, ...names.map(note));
    const other = await at.other();

    const counts = await Promise.all([drainOutbox(at.at.state, at.ledger), drainOutbox(at.at.state, other.ledger)]);

    expect(counts[0] + counts[1]).toBe(30);
    expect(await said(at)).toEqual(names);
  });

  test('are found again when a row with a lower number became visible only after one with a higher number', async () => {
    await using at = await desk();
    await put(at, note('e-first'), note('e-second'));
    // As two crashes leave them: the second was appended before the first could be seen.
    await at.at.state.of('lakeside', tx => tx.query('update outbox set from_seq = $1', [at.ledger.position().size]));
    await at.ledger.append(note('e-second'));
    await at.ledger.append(note('e-first'));

    expect(await drainOutbox(at.at.state, at.ledger)).toBe(0);
    expect(await said(at)).toEqual(['e-second', 'e-first']);
  });

  test('go past one that the ledger refuses, which is put aside, told, and offered again after an hour', async () => {
    await using at = await desk();
    const poison = { ...note('e-2'), fields: { ...note('e-2').fields, patient: 'a name' } } as unknown as Entry;
    const future = { ...note('e-3'), type: 'written-by-a-newer-release' } as unknown as Entry;
    await put(at, note('e-1'), poison, future, note('e-4'));

    expect(await drainOutbox(at.at.state, at.ledger)).toBe(2);

    expect(await said(at)).toEqual(['e-1', 'e-4']);
    expect(await refusedEntries(at.at.state)).toEqual([
      expect.objectContaining({ client: 'lakeside', type: 'escalation-changed', why: expect.not.stringContaining('a name') as string }),
      expect.objectContaining({ client: 'lakeside', type: 'written-by-a-newer-release' }),
    ]);
    expect(await at.at.state.all(tx => clientsWaiting(tx, ['lakeside']))).toEqual([]);
    await at.rows(`update outbox set refused_at = refused_at - interval '2 hours', entry = '${JSON.stringify(note('e-3'))}'`);
    await at.rows('delete from outbox where id = (select min(id) from outbox)');
    await drainOutbox(at.at.state, at.ledger);
    expect(await said(at)).toEqual(['e-1', 'e-4', 'e-3']);
    expect(await refusedEntries(at.at.state)).toEqual([]);
  });
});
