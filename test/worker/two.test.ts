import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { testState } from '../fixtures/state.ts';
import { HOUR_MS, living, said, twice } from './living.ts';
import { spawnWork } from './processes.ts';

test('two workers of one home do nothing twice', async () => {
  await using state = await testState();
  await using place = await living('2026-10-04T23:00:00.000Z', state.url);
  await place.client('lakeside');
  for (const plan of ['ehr', 'lis', 'pacs']) await place.plan(plan, { cron: '0 * * * *', check: '30 */2 * * *' });
  const hands = [await place.worker({ slots: 3 }), await place.worker({ slots: 3 })];
  for (let hour = 0; hour < 5; hour += 1) {
    await Promise.all(hands.map(hand => hand.look()));
    place.clock.by(HOUR_MS);
  }
  for (const hand of hands) await hand.end();

  const entries = await place.entries();
  const [first] = hands;
  expect(new Set(said(entries, 'drill-started', 'occurrence')).size).toBe(12);
  expect(twice(said(entries, 'drill-started', 'occurrence'))).toEqual([]);
  expect(twice(said(entries, 'backup-day', 'plan'))).toEqual([]);
  const opened = entries
    .filter(one => one.type === 'escalation-opened')
    .map(({ predicate }) => `${String(predicate['system'])} ${String(predicate['condition'])}`);
  expect(twice(opened)).toEqual([]);
  expect(twice(place.mail.mails.map(({ parsed }) => parsed.messageId))).toEqual([]);
  if (first !== undefined) expect(await place.verified(first, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
});

test('two processes of one home share what is due', async () => {
  await using state = await testState();
  await using place = await living(new Date(Date.now() - 4 * HOUR_MS).toISOString(), state.url);
  await place.client('lakeside');
  for (const plan of ['ehr', 'lis']) await place.plan(plan, { cron: '0 * * * *', check: '30 */2 * * *' });
  const ahead = await place.worker();
  await ahead.look();
  await ahead.end();

  const both = [spawnWork(place), spawnWork(place)];
  while (said(await place.entries(), 'drill-finished', 'occurrence').length < 6) {
    await new Promise(resolve => setTimeout(resolve, 250));
  }
  const codes = await Promise.all(both.map(one => one.end()));

  const entries = await place.entries();
  expect(codes).toEqual([0, 0]);
  expect(said(entries, 'drill-finished', 'occurrence').length).toBeGreaterThanOrEqual(6);
  expect(twice(said(entries, 'drill-started', 'occurrence'))).toEqual([]);
  expect(twice(place.mail.mails.map(({ parsed }) => parsed.messageId))).toEqual([]);
  expect(await place.verified(ahead, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
  await rm(join(place.home, 'scratch'), { recursive: true });
});
