import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { followLedger } from '../../src/escalate/follow.ts';
import type { State, Tx } from '../../src/store/state/state.ts';
import { desk, type Desk } from './desk.ts';

async function conditions(at: Desk): Promise<readonly string[]> {
  return (await at.matters()).map(({ condition, state, repeats }) => `${condition} ${state} ${repeats}`);
}

/** Dies before the n-th transaction of a client is kept. */
function dying(at: Desk, nth: number): Desk['tools'] {
  let count = 0;
  const { state } = at.at;
  const of = <T>(client: string, work: (tx: Tx) => Promise<T>): Promise<T> =>
    state.of(client, async tx => {
      const result = await work(tx);
      count += 1;
      if (count === nth) throw new Error('died');
      return result;
    });
  const broken: State = { connectionString: state.connectionString, of, all: work => state.all(work), close: () => state.close() };
  return { ...at.tools, state: broken };
}

describe('what the ledger says', () => {
  test('is followed from its end the first time: nobody is called for what is history', async () => {
    await using at = await desk();
    await at.drill('d-old', { verdict: 'failed', reasons: ['restore.failed'] });

    expect(await followLedger(at.ledger, at.tools)).toBe(0);
    expect(await followLedger(at.ledger, at.tools)).toBe(0);

    expect(await at.matters()).toEqual([]);
  });

  test('is acted on once, also a drill by hand, whatever crashes and whoever else follows', async () => {
    await using at = await desk();
    await followLedger(at.ledger, at.tools);
    await at.drill('d-1', { verdict: 'failed', trigger: 'manual' });
    at.wait(60_000);
    await at.drill('d-2', { verdict: 'failed', trigger: 'manual' });
    for (let nth = 1; nth <= 8; nth += 1) await followLedger(at.ledger, dying(at, nth)).catch(() => undefined);
    const other = await at.other();
    await Promise.all([followLedger(at.ledger, at.tools), followLedger(other.ledger, other.tools)]);
    await followLedger(at.ledger, at.tools);

    expect(await conditions(at)).toEqual(['drill-failed open 1']);
    expect((await at.entries('escalation-opened')).length).toBe(1);
  });

  test('neither opens nor ends anything if it does not speak for its plan', async () => {
    await using at = await desk();
    await followLedger(at.ledger, at.tools);
    await at.drill('d-1', { verdict: 'failed', trigger: 'dependency-loss' });
    await followLedger(at.ledger, at.tools);
    expect(await conditions(at)).toEqual([]);

    await at.drill('d-2', { verdict: 'failed' });
    await at.drill('d-3', { verdict: 'passed', trigger: 'search' });
    await followLedger(at.ledger, at.tools);

    expect(await conditions(at)).toEqual(['drill-failed open 0']);
  });

  test('opens by the entry alone when the record is gone, and believes no good news without it', async () => {
    await using at = await desk();
    await followLedger(at.ledger, at.tools);
    await at.drill('d-1', { verdict: 'failed', reasons: ['restore.failed'] });
    await rm(join(at.ledger.paths.folder, 'drills/d-1.json'));
    await followLedger(at.ledger, at.tools);

    expect(await at.matters()).toEqual([
      expect.objectContaining({ condition: 'drill-failed', state: 'open', drill: 'd-1', codes: ['restore.failed'] }),
    ]);
    expect(at.said).toContain('lakeside: the record of drill d-1 is gone, or is not the one that was signed');

    at.wait(60_000);
    await at.drill('d-2');
    const path = join(at.ledger.paths.folder, 'drills/d-2.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"attempt": 1', '"attempt": 2'));
    await followLedger(at.ledger, at.tools);
    expect(await conditions(at)).toEqual(['drill-failed open 0']);

    at.wait(60_000);
    await at.drill('d-3');
    await followLedger(at.ledger, at.tools);
    expect(await conditions(at)).toEqual(['drill-failed resolved 0']);
  });

  test('is acted on from its new end, and said, when an older copy of the ledger was put back', async () => {
    await using at = await desk();
    await followLedger(at.ledger, at.tools);
    await at.rows('update follow_cursor set seq = 9');

    expect(await followLedger(at.ledger, at.tools)).toBe(0);
    await at.drill('d-1', { verdict: 'failed' });
    await followLedger(at.ledger, at.tools);

    expect(at.said.join()).toContain('entries are missing from its end');
    expect(await conditions(at)).toEqual(['drill-failed open 0']);
  });

  test('opens a matter for a drill that was missed, and resolves none of another plan', async () => {
    await using at = await desk();
    await followLedger(at.ledger, at.tools);
    const fields = { dueAt: at.clock, lateAfter: at.clock, cause: 'unknown' } as const;
    const missed = (plan: string) => ({ ...fields, occurrence: `${plan}/drill@2026-11-10T11:00:00Z` });
    const actor = { kind: 'worker', id: 'worker-1' } as const;
    await at.ledger.append({ type: 'drill-missed', actor, fields: missed('lakeside-ehr') });
    await at.ledger.append({ type: 'drill-missed', actor, fields: missed('lakeside-lis') });
    at.wait(60_000);
    await at.drill('d-1');
    await followLedger(at.ledger, at.tools);

    const states = (await at.matters()).map(({ system, state }) => `${system} ${state}`);
    expect(states.toSorted()).toEqual(['lakeside-ehr resolved', 'lakeside-lis open']);
  });
});
