import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { latestMatters } from '../../src/store/state/matters.ts';
import { tick } from '../../src/worker.ts';
import { testState, type TestState } from '../fixtures/state.ts';
import { HOUR_MS, living, removeDump, said, twice } from './living.ts';

afterAll(removeDump);

/** Nobody gets through to the database of this state; or they do again. */
async function reachable(state: TestState, yes: boolean): Promise<void> {
  const name = /\/(test_\d+)\?/.exec(state.url)?.[1] ?? '';
  const admin = new pg.Client({ connectionString: state.url.replace(`/${name}?`, '/postgres?') });
  await admin.connect();
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  await admin.query(yes ? `alter database ${name}_away rename to ${name}` : `alter database ${name} rename to ${name}_away`);
  await admin.end();
}

describe('while the state cannot be reached', () => {
  test.each([
    { long: 'two minutes', stepMs: HOUR_MS / 180, cron: '* * * * *', drills: 1 },
    { long: 'an hour', stepMs: HOUR_MS / 6, cron: '*/20 * * * *', drills: 3 },
    { long: 'six hours', stepMs: HOUR_MS, cron: '0 */2 * * *', drills: 3 },
  ])('for $long drills go on, and when it is back everything is said, once', async ({ stepMs, cron, drills }) => {
    await using state = await testState();
    await using place = await living('2026-10-04T23:00:00.000Z', state.url);
    await place.client('lakeside');
    await place.plan('ehr', { cron });
    const hand = await place.worker();
    await hand.look();
    await reachable(state, false);
    for (let step = 0; step < 6; step += 1) {
      place.clock.by(stepMs);
      await hand.look();
    }
    const meanwhile = said(await place.entries(), 'drill-finished', 'occurrence');
    const before = said(await place.entries(), 'escalation-opened', 'condition');
    await reachable(state, true);
    for (let look = 0; look < 3; look += 1) await hand.look();

    const entries = await place.entries();
    // On a slow machine the clock may pass one more.
    expect(meanwhile.length).toBeGreaterThanOrEqual(drills);
    expect(twice(said(entries, 'drill-started', 'occurrence'))).toEqual([]);
    expect(before).not.toContain('drill-failed');
    expect(said(entries, 'escalation-opened', 'condition')).toContain('drill-failed');
    expect(twice(said(entries, 'escalation-opened', 'escalation'))).toEqual([]);
    expect(twice(place.mail.mails.map(({ parsed }) => parsed.messageId))).toEqual([]);
    expect(place.mail.mails.length).toBeGreaterThan(0);
    await hand.end();
  });

  test('a worker does not begin, and catches up when it can', async () => {
    await using state = await testState();
    await using place = await living('2026-10-04T23:00:00.000Z', state.url);
    await place.client('lakeside');
    await place.plan('ehr', { cron: '0 */2 * * *' });
    const first = await place.worker();
    await first.look();
    await first.end();
    place.clock.by(2 * HOUR_MS);
    await reachable(state, false);
    await expect(place.worker()).rejects.toMatchObject({ code: 'state-unreachable' });
    await reachable(state, true);

    const hand = await place.worker();
    await hand.look();

    expect(said(await place.entries(), 'drill-finished', 'occurrence')).toEqual(['ehr/drill@2026-10-05T00:00:00Z']);
    await hand.end();
  });
});

test('thousands of drills that were missed in a week off are one matter, and few messages', async () => {
  await using state = await testState();
  await using place = await living('2026-10-04T23:00:00.000Z', state.url);
  await place.client('lakeside');
  await place.plan('ehr', { cron: '*/3 * * * *' });
  const first = await place.worker();
  await first.look();
  await first.end();
  place.clock.by(7 * 24 * HOUR_MS + 60_000);
  const hand = await place.worker();
  for (let look = 0; look < 3; look += 1) await hand.look();

  const entries = await place.entries();
  const missed = said(entries, 'drill-missed', 'occurrence');
  const matters = await state.state.of('lakeside', tx => latestMatters(tx, 10));
  expect(missed.length).toBeGreaterThan(3_000);
  expect(said(entries, 'escalation-opened', 'condition').filter(one => one === 'drill-missed')).toHaveLength(1);
  expect(matters.find(({ condition }) => condition === 'drill-missed')?.repeats).toBe(missed.length - 1);
  expect(place.mail.mails.length).toBeGreaterThan(0);
  expect(place.mail.mails.length).toBeLessThan(8);
  expect(await place.verified(hand, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
  await hand.end();
});

test('a drill that runs when the worker is ended is signed as stopped, leaves nothing, and is tried again', async () => {
  await using state = await testState();
  await using place = await living(new Date(Math.ceil(Date.now() / 86_400_000 + 1) * 86_400_000 - HOUR_MS).toISOString(), state.url);
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 0 * * *', real: true });
  const first = await place.worker();
  await first.look();
  place.clock.by(HOUR_MS + 1_000);
  await tick(first.run);
  const begun = [...first.run.drills.keys()];
  const marked = async (): Promise<boolean> => (await place.leftovers()).some(name => name.startsWith('running-'));
  while (!(await marked())) await new Promise(resolve => setTimeout(resolve, 20));
  await first.end();
  const left = await place.leftovers();
  const stopped = await place.entries();
  const hand = await place.worker();
  await hand.look();
  const tooSoon = said(await place.entries(), 'drill-started', 'attempt');
  place.clock.by(11 * 60_000);
  await hand.look();

  const entries = await place.entries();
  expect(begun).toEqual(['lakeside/ehr']);
  expect(left).toEqual([]);
  expect(said(stopped, 'drill-finished', 'reasons')).toEqual([['drill.stopped']]);
  expect(tooSoon).toEqual([1]);
  expect(said(entries, 'drill-started', 'attempt')).toEqual([1, 2]);
  expect(said(entries, 'drill-finished', 'verdict')).toEqual(['inconclusive', 'passed']);
  await hand.end();
});
