import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyPath } from '../../src/store/verify-path.ts';
import { testState } from '../fixtures/state.ts';
import { HOUR_MS, living, said, twice } from './living.ts';
import { machine, twoMachines } from './two-machines.ts';

test('a machine that nobody admitted says what to do, and does nothing', async () => {
  await using state = await testState();
  await using place = await living('2026-10-04T23:00:00.000Z', state.url, 'shared');
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 * * * *' });
  const first = await place.worker();
  await first.look();
  const second = await place.worker({}, { home: join(place.folder, 'home-2') });

  place.clock.by(2 * HOUR_MS);
  await second.look();

  expect(second.said.join('\n')).toContain('was not admitted yet');
  expect(second.said.join('\n')).not.toContain('begins');
  const list = await machine(first, 'list');
  expect(list).toContain('(this machine)');
  expect(list).toMatch(/waits for {4}lakeside\n {2}to admit it {2}resurgam machine admit [0-9a-f]{16}/);
  for (const hand of [first, second]) await hand.end();
});

test('two machines share what is due, do nothing twice, and both hold the whole ledger', async () => {
  await using state = await testState();
  await using place = await living('2026-10-04T23:00:00.000Z', state.url, 'shared');
  await place.client('lakeside');
  for (const plan of ['ehr', 'lis', 'pacs', 'his']) await place.plan(plan, { cron: '0 * * * *', check: '30 */2 * * *' });
  const hands = await twoMachines(place);
  for (let hour = 0; hour < 3; hour += 1) {
    place.clock.by(HOUR_MS);
    await Promise.all(hands.map(hand => hand.look()));
    await Promise.all(hands.map(hand => hand.look()));
  }
  for (const hand of hands) await hand.end();

  const entries = await place.entries();
  const started = said(entries, 'drill-started', 'occurrence');
  expect(new Set(started).size).toBe(12);
  expect(twice(started)).toEqual([]);
  expect(twice(said(entries, 'backup-day', 'plan'))).toEqual([]);
  expect(twice(place.mail.mails.map(({ parsed }) => parsed.messageId))).toEqual([]);
  const begun = hands.map(hand => hand.said.filter(line => line.includes(' begins ')).length);
  expect(begun.every(count => count > 0)).toBe(true);
  for (const hand of hands) {
    const ledger = await place.ledger(hand);
    expect((await verifyPath(ledger.paths.folder)).exitCode).toBe(0);
  }
  await Promise.all(hands.map(hand => hand.app.closeState()));
});

test('a machine that was retired signs no more, and the others go on', async () => {
  await using state = await testState();
  await using place = await living('2026-10-04T23:00:00.000Z', state.url, 'shared');
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 * * * *' });
  const [first, second] = await twoMachines(place);
  await second.look();
  const { own } = JSON.parse(await machine(second, 'list', '--json')) as { own: string };

  expect(await machine(first, 'retire', own.slice(0, 16), '--reason', 'the rack was given back')).toContain('lakeside');

  place.clock.by(HOUR_MS);
  await second.look();
  expect(second.said.join('\n')).toContain('was not admitted');
  await first.look();
  const entries = await place.entries();
  expect(said(entries, 'key-revoked', 'reason')).toEqual(['the rack was given back']);
  expect(said(entries, 'drill-finished', 'verdict').length).toBe(1);
  expect(await place.verified(first, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
  for (const hand of [first, second]) await hand.end();
  expect(await readFile(join(place.home, 'ledger/lakeside/ledger.jsonl'), 'utf8')).not.toContain('rack was given back');
});
