import { describe, expect, test } from 'vitest';
import { acknowledgeByLink, acknowledgeByName } from '../../src/escalate/acknowledge.ts';
import { applyAll, happen } from '../../src/escalate/apply.ts';
import { dueMatters } from '../../src/store/state/matters.ts';
import { drainOutbox } from '../../src/store/state/outbox.ts';
import { makeToken, tokenOf, useToken } from '../../src/store/state/tokens.ts';
import { silentWorkers, type WorkerRow } from '../../src/store/state/workers.ts';
import { worker } from '../status/rows.ts';
import { desk, failed, mail, passed, people, type Desk } from './desk.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function happens(at: Desk, id: string, event: Parameters<typeof happen>[2]) {
  return at.at.state.of('lakeside', tx => happen({ tx, client: 'lakeside', tools: at.tools }, id, event));
}

async function tick(at: Desk): Promise<void> {
  const due = await at.at.state.all(tx => dueMatters(tx, at.clock));
  for (const { id } of due) await happens(at, id, { kind: 'tick', at: at.clock });
}

async function states(at: Desk): Promise<readonly string[]> {
  return (await at.matters()).map(({ system, state }) => `${system} ${state}`).toSorted();
}

describe('what an event leads to', () => {
  test('is kept whole or not at all', async () => {
    await using at = await desk({ client: people({ mail }) });
    const work = at.at.state.of('lakeside', async tx => {
      await applyAll({ tx, client: 'lakeside', tools: at.tools }, [failed(at.clock)]);
      throw new Error('died');
    });
    await expect(work).rejects.toThrow('died');

    expect(await at.matters()).toEqual([]);
    expect(await at.rows('select id from outbox')).toEqual([]);
    expect(await at.rows('select id from delivery')).toEqual([]);
  });

  test('is one matter when two processes see the same at once', async () => {
    await using at = await desk({ client: people({ mail }) });
    await Promise.all([failed(at.clock, 1), failed(at.clock, 1), failed(at.clock, 1)].map(one => at.happens(one)));

    expect(await states(at)).toEqual(['lakeside-ehr open']);
    expect((await at.rows('select id from delivery')).length).toBe(1);
  });

  test('never ends the matter of another plan', async () => {
    await using at = await desk({ client: people({ mail }) });
    await at.happens(failed(at.clock), failed(at.clock, 1, 'lakeside-lis'));
    at.wait(MINUTE);
    await at.happens(passed(at.clock, 2, 'lakeside-lis'));

    expect(await states(at)).toEqual(['lakeside-ehr open', 'lakeside-lis resolved']);
  });

  test('finds what is open also after the clock was set back', async () => {
    await using at = await desk({ client: people({ mail }) });
    await at.happens(failed(at.clock, 1));
    at.wait(MINUTE);
    await at.happens(passed(at.clock, 2));
    at.wait(-24 * HOUR);
    await at.happens(failed(at.clock, 3));
    await at.happens(failed(at.clock, 4));

    expect(await states(at)).toEqual(['lakeside-ehr open']);
  });

  test('is held in a maintenance window, recorded, and opens at its end with its clocks from there', async () => {
    const window = { start: '2026-11-10T11:00:00Z', end: '2026-11-10T13:00:00Z', systems: ['lakeside-ehr'], reason: 'new disks' };
    const windows = [{ ...window, approvedBy: 'director', approvedAt: '2026-11-09T11:00:00Z' }];
    await using at = await desk({ client: people({ mail }, { windows }) });
    await at.happens(failed(at.clock));
    await tick(at);
    expect(await states(at)).toEqual(['lakeside-ehr held']);
    expect(await at.rows('select id from delivery')).toEqual([]);

    at.clock = '2026-11-10T13:00:00.000Z';
    await tick(at);
    await drainOutbox(at.at.state, at.ledger);

    expect(await at.matters()).toEqual([expect.objectContaining({ state: 'open', respondBy: '2026-11-10T13:30:00.000Z' })]);
    expect((await at.rows('select id from delivery')).length).toBe(1);
    expect((await at.entries('escalation-opened')).length).toBe(1);
  });

  test('is accepted until a day by a risk owner only, sends nothing meanwhile, and opens again on that day', async () => {
    await using at = await desk({ client: people({ mail }) });
    await at.happens(failed(at.clock));
    const [matter] = await at.matters();
    const id = matter?.id ?? '';
    const asked = { kind: 'state', to: 'accepted', via: 'command', reason: 'new server comes in a week', until: '2026-11-17' } as const;
    expect((await happens(at, id, { ...asked, at: at.clock, by: 'on-call' })).refused).toBe('not-risk-owner');
    expect((await happens(at, id, { ...asked, at: at.clock, by: 'director' })).refused).toBeUndefined();
    expect(await at.rows('select state, error from delivery')).toEqual([{ state: 'dropped', error: 'accepted' }]);

    at.clock = '2026-11-16T23:59:00.000Z';
    await tick(at);
    expect(await states(at)).toEqual(['lakeside-ehr accepted']);
    at.clock = '2026-11-17T00:00:00.000Z';
    await tick(at);
    expect(await states(at)).toEqual(['lakeside-ehr open']);
    expect(await at.rows("select id from delivery where state = 'waiting'")).toHaveLength(1);
  });

  test('needs two passed drills in a row once a matter came back twice within a week', async () => {
    await using at = await desk({ client: people({ mail }) });
    for (let seq = 1; seq <= 6; seq += 2) {
      await at.happens(failed(at.clock, seq));
      at.wait(2 * HOUR);
      await at.happens(passed(at.clock, seq + 1));
      at.wait(2 * HOUR);
    }
    const [flapping] = await at.matters();
    expect(flapping).toMatchObject({ state: 'restored', proofsNeeded: 2 });
    await at.happens(passed(at.clock, 9));

    expect((await at.matters()).map(({ state }) => state)).toEqual(['resolved', 'resolved', 'resolved']);
  });
});

describe('a link', () => {
  test('works once, for one contact and one matter, and not after the matter is over', async () => {
    await using at = await desk({ client: people({ mail }) });
    await at.happens(failed(at.clock), failed(at.clock, 1, 'lakeside-lis'));
    const [first, second] = await at.matters();
    const [escalation, other] = [first?.id ?? '', second?.id ?? ''];
    const token = await make(at, escalation, 'on-call');
    expect(await acknowledgeByLink({ token, escalation: other }, at.tools)).toEqual({ result: 'unknown-link' });
    const taken = await Promise.all([1, 2].map(() => acknowledgeByLink({ token, escalation }, at.tools)));
    expect(taken.map(({ result }) => result).toSorted()).toEqual(['taken', 'unknown-link']);
    expect((await at.matters()).find(({ id }) => id === escalation)).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'on-call' });

    const late = await make(at, other, 'on-call');
    at.wait(MINUTE);
    await at.happens(passed(at.clock, 5, second?.system));
    expect(await tokenOf(at.at.state, late)).toBeUndefined();
    expect(await acknowledgeByLink({ token: late, escalation: other }, at.tools)).toEqual({ result: 'unknown-link' });
    expect(await at.at.state.of('riverside', tx => useToken(tx, late, at.clock))).toBe(false);
    expect(JSON.stringify(await at.rows('select * from acknowledge_token'))).not.toContain(token);
  });

  test('of somebody who is no contact any more takes nothing, and the attempt is recorded', async () => {
    await using at = await desk({ client: people({ mail }) });
    await at.happens(failed(at.clock));
    const escalation = (await at.matters())[0]?.id ?? '';
    const token = await make(at, escalation, 'left-us');

    expect(await acknowledgeByLink({ token, escalation }, at.tools)).toEqual({ result: 'unknown-link' });
    expect((await acknowledgeByName({ client: 'lakeside', escalation, by: 'left-us' }, at.tools)).refused).toBe('not-a-contact');
    await drainOutbox(at.at.state, at.ledger);

    expect((await at.entries('access')).map(({ predicate }) => predicate['who'])).toEqual(['left-us', 'left-us']);
    expect(await states(at)).toEqual(['lakeside-ehr open']);
  });
});

function make(at: Desk, escalation: string, contact: string): Promise<string> {
  return at.at.state.of('lakeside', tx => makeToken(tx, { client: 'lakeside', escalation, contact }, at.clock));
}

test('a worker that was started again under another process id is not missed, one that nobody replaced is', () => {
  const usual = { site: 'any', startedAt: '2026-11-10T10:00:00.000Z', intervalMs: 5_000, heartbeatAt: '2026-11-10T11:00:00.000Z' };
  const row = (id: string, more: Partial<WorkerRow>): WorkerRow => worker(id, 0, { ...usual, ...more });
  const now = '2026-11-10T12:00:00.000Z';
  const heard = { heartbeatAt: now };
  const dead = row('dead', {});
  const names = (rows: readonly WorkerRow[]) => silentWorkers(rows, now).map(({ id }) => id);

  expect(names([dead, row('next', { ...heard, startedAt: '2026-11-10T11:01:00.000Z' })])).toEqual([]);
  expect(names([dead, row('beside', heard)])).toEqual(['dead']);
  expect(names([dead, row('elsewhere', { ...heard, host: 'rack-3', startedAt: '2026-11-10T11:01:00.000Z' })])).toEqual(['dead']);
  // Killed again and again: it is one worker that is missed.
  const again = row('again', { startedAt: '2026-11-10T11:01:00.000Z', heartbeatAt: '2026-11-10T11:02:00.000Z' });
  const third = row('third', { startedAt: '2026-11-10T11:03:00.000Z', heartbeatAt: '2026-11-10T11:04:00.000Z' });
  expect(names([third, dead, again])).toEqual(['third']);
  // Two died, and one alone came back; or another one was merely upgraded.
  const back = row('back', { ...heard, startedAt: '2026-11-10T11:05:00.000Z' });
  expect(names([dead, again, row('other', {}), third, back])).toHaveLength(1);
  expect(names([dead, row('upgraded', { state: 'stopped', heartbeatAt: '2026-11-10T11:04:00.000Z' }), back])).toEqual(['dead']);
  expect(names([row('ended', { state: 'stopped' })])).toEqual([]);
});
