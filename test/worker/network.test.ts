import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { openState } from '../../src/store/state/open.ts';
import { tick } from '../../src/worker.ts';
import { testState, type TestState } from '../fixtures/state.ts';
import { tcpProxy, type TcpProxy } from '../fixtures/tcp-proxy.ts';
import { HOUR_MS, living, said, twice, type Hand, type Living } from './living.ts';

/** The state of a test, over a network that the test can break. */
async function overNetwork(state: TestState): Promise<{ readonly network: TcpProxy; readonly url: string }> {
  const at = new URL(state.url.replace('@/', '@socket/'));
  const network = await tcpProxy(`${at.searchParams.get('host') ?? ''}/.s.PGSQL.5432`);
  return { network, url: `postgres://resurgam@127.0.0.1:${network.port}${at.pathname}?sslmode=disable` };
}

let network: TcpProxy | undefined;
afterEach(() => network?.[Symbol.asyncDispose]());

/** A worker with a drill every hour, which fails, over a network that works so far. */
async function begin(state: TestState): Promise<{ readonly made: Living; readonly hand: Hand; readonly net: TcpProxy }> {
  const over = await overNetwork(state);
  network = over.network;
  const place = await living('2026-10-04T23:00:00.000Z', over.url);
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 * * * *', check: '30 * * * *' });
  const hand = await place.worker();
  await hand.look();
  return { made: place, hand, net: over.network };
}

/** Nothing was lost, nothing was done or said twice. */
async function isWhole(place: Living, hand: Hand, drills: number): Promise<void> {
  const entries = await place.entries();
  expect(said(entries, 'drill-finished', 'occurrence')).toHaveLength(drills);
  expect(twice(said(entries, 'drill-started', 'occurrence'))).toEqual([]);
  expect(twice(said(entries, 'escalation-opened', 'escalation'))).toEqual([]);
  expect(said(entries, 'escalation-opened', 'condition').filter(one => one === 'drill-failed')).toHaveLength(1);
  expect(twice(place.mail.mails.map(({ parsed }) => parsed.messageId))).toEqual([]);
  expect(place.mail.mails.length).toBeGreaterThan(0);
  expect(await place.verified(hand, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
}

test('a network that breaks every connection for hours holds up no drill, and afterwards everything is said once', async () => {
  await using state = await testState();
  const { made, hand, net } = await begin(state);
  await using place = made;
  net.drop();
  for (let hour = 0; hour < 4; hour += 1) {
    place.clock.by(HOUR_MS);
    await hand.look();
  }
  const toldMeanwhile = place.mail.mails.length;
  net.restore();
  for (let look = 0; look < 3; look += 1) await hand.look();

  expect(toldMeanwhile).toBe(0);
  expect(hand.said.some(line => /cannot be reached \(ECONN/.test(line))).toBe(true);
  await isWhole(place, hand, 4);
  await hand.end();
});

test('a network that breaks in the middle of every look, at another place each time, loses and doubles nothing', async () => {
  await using state = await testState();
  const { made, hand, net } = await begin(state);
  await using place = made;
  for (let hour = 0; hour < 6; hour += 1) {
    place.clock.by(HOUR_MS);
    const looking = hand.look();
    for (let broken = 0; broken < 4; broken += 1) {
      await new Promise(resolve => setTimeout(resolve, 5 + hour * 7));
      net.reset();
    }
    await looking;
  }
  for (let look = 0; look < 3; look += 1) await hand.look();

  await isWhole(place, hand, 6);
  await hand.end();
});

test('a network on which nothing comes through is waited for, and what it held goes on', async () => {
  await using state = await testState();
  const { made, hand, net } = await begin(state);
  await using place = made;
  place.clock.by(HOUR_MS);
  net.stall();
  let over = false;
  const looking = tick(hand.run).then(() => (over = true));
  await new Promise(resolve => setTimeout(resolve, 500));
  const during = over;
  net.release();
  await looking;
  for (let look = 0; look < 3; look += 1) await hand.look();

  expect(during).toBe(false);
  await isWhole(place, hand, 1);
  await hand.end();
});

test('a network that went silent and stays so is given up, and the next transaction takes another connection', async () => {
  await using state = await testState();
  const made = await overNetwork(state);
  network = made.network;
  const opened = await openState({ home: { path: '/nowhere' }, databaseUrl: made.url, answerMs: 3_000 });
  await opened.of('lakeside', tx => tx.query('select 1 as one'));
  network.stall();

  const asked = opened.of('lakeside', tx => tx.query("insert into follow_cursor (client, seq) values ('lakeside', 1)"));
  await expect(asked).rejects.toMatchObject({ name: 'StoreError', code: 'state-unreachable' });
  network.reset();
  network.release();

  expect(await opened.of('lakeside', tx => tx.query('select seq from follow_cursor'))).toEqual([]);
  await opened.close();
});

test('a worker whose state cannot be reached when it begins leaves nothing of itself', async () => {
  await using state = await testState();
  const made = await overNetwork(state);
  network = made.network;
  network.drop();
  await using place = await living('2026-10-04T23:00:00.000Z', made.url);

  await expect(place.worker()).rejects.toMatchObject({ code: 'state-unreachable' });

  expect(existsSync(`${place.home}/postgres`)).toBe(false);
});
