import { expect, test } from 'vitest';
import { testState } from '../fixtures/state.ts';
import { HOUR_MS, living, said, twice } from './living.ts';

test.each([
  ['back', -3],
  ['forward', 3],
])('a clock that is set %s by three hours makes nothing run twice and loses nothing', async (_, hours) => {
  await using state = await testState();
  await using place = await living('2026-10-04T23:00:00.000Z', state.url);
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 * * * *', check: '30 * * * *' });
  const hand = await place.worker();
  for (let hour = 0; hour < 10; hour += 1) {
    await hand.look();
    if (hour === 3) place.clock.by(hours * HOUR_MS);
    place.clock.by(HOUR_MS);
  }

  const entries = await place.entries();
  const { endings, whole } = await place.reconciliation(hand, 'lakeside', ['2026-10-05T00:00:00.000Z', '2026-10-05T05:00:00.000Z']);
  const checks = await state.state.of('lakeside', tx => tx.query('select due_at from backup_check where due_at is not null'));
  expect(twice(said(entries, 'drill-started', 'occurrence'))).toEqual([]);
  expect(twice(checks.map(row => row['due_at']))).toEqual([]);
  expect({ whole, failed: endings.failed }).toEqual({ whole: true, failed: 5 });
  expect(said(entries, 'drill-missed', 'occurrence')).toEqual([]);
  expect(await place.verified(hand, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
  await hand.end();
});

test.each([
  { night: 'leaves out', from: '2026-03-08T05:00:00.000Z', cron: '30 2 * * *', occurrence: 'ehr/drill@2026-03-08T08:00:00Z', checked: 23 },
  // In autumn the hour that comes twice is the one before two.
  { night: 'repeats', from: '2026-11-01T04:00:00.000Z', cron: '30 1 * * *', occurrence: 'ehr/drill@2026-11-01T06:30:00Z', checked: 25 },
])('a drill in a night that $night an hour runs once', async ({ from, cron, occurrence, checked }) => {
  await using state = await testState();
  await using place = await living(from, state.url);
  await place.client('lakeside', 'America/Chicago');
  await place.plan('ehr', { cron, timezone: 'America/Chicago', check: '0 * * * *' });
  const hand = await place.worker();
  for (let hour = 0; hour <= checked + 3; hour += 1) {
    await hand.look();
    place.clock.by(HOUR_MS);
  }

  const entries = await place.entries();
  const started = said(entries, 'drill-started', 'occurrence');
  const [day] = entries.filter(one => one.type === 'backup-day' && /-(08|01)$/.test(String(one.predicate['day'])));
  expect(started.filter(one => String(one).includes(occurrence.slice(10, 21)))).toEqual([occurrence]);
  expect(twice(started)).toEqual([]);
  expect(day?.predicate).toMatchObject({ expected: checked, done: checked, missed: 0 });
  expect(await place.verified(hand, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
  await hand.end();
});
