import { expect, test } from 'vitest';
import { listPlans } from '../../src/store/state/plans.ts';
import { testState } from '../fixtures/state.ts';
import { HOUR_MS, living, said } from './living.ts';

test('a plan that cannot be read holds up nobody, is cancelled nowhere, and what it misses is said', async () => {
  await using state = await testState();
  await using place = await living('2026-10-04T23:00:00.000Z', state.url);
  await place.client('lakeside');
  await place.client('riverbend');
  await place.plan('ehr', { cron: '0 */4 * * *' });
  await place.plan('files', { client: 'riverbend', cron: '0 1 * * *' });
  const hand = await place.worker();
  await hand.look();

  await place.write('riverbend', 'files', 'plan: files\nclient: [riverbend\n');
  for (let hour = 0; hour < 10; hour += 2) {
    place.clock.by(2 * HOUR_MS);
    await hand.look();
  }
  const told = place.mail.mails.filter(({ to }) => to.includes('ana@riverbend.example'));
  const others = said(await place.entries(), 'drill-finished', 'occurrence');
  const broken = await place.entries('riverbend');
  const shown = await state.state.all(listPlans);
  await place.plan('files', { client: 'riverbend', cron: '0 1 * * *' });
  for (let hour = 0; hour < 18; hour += 2) {
    place.clock.by(2 * HOUR_MS);
    await hand.look();
  }

  expect(others).toHaveLength(3);
  expect(said(broken, 'drill-missed', 'occurrence')).toEqual(['files/drill@2026-10-05T01:00:00Z']);
  expect(told.map(({ parsed }) => parsed.subject)).toContainEqual(expect.stringContaining('drill missed'));
  expect(hand.said).toContainEqual(expect.stringMatching(/^error .*riverbend\/files\.yaml:\d+: /));
  expect(said(broken, 'schedule', 'cancels').flat()).toEqual([]);
  expect(said(broken, 'escalation-opened', 'condition')).toContain('drill-missed');
  expect(shown.map(({ plan }) => plan)).toEqual(['ehr', 'files']);
  expect(said(await place.entries('riverbend'), 'drill-finished', 'occurrence')).toEqual(['files/drill@2026-10-06T01:00:00Z']);
  expect(await place.verified(hand, 'riverbend', 'ours')).toEqual({ codes: [0], problems: {} });
  await hand.end();
});

test('an edited plan goes over to its new hours, and a removed one, though the only one of its client, is cancelled', async () => {
  await using state = await testState();
  await using place = await living('2026-10-04T23:00:00.000Z', state.url);
  await place.client('lakeside');
  await place.client('riverbend');
  await place.plan('ehr', { cron: '0 3 * * *' });
  await place.plan('files', { client: 'riverbend', cron: '0 1 * * *' });
  const hand = await place.worker();
  await hand.look();

  await place.plan('ehr', { cron: '0 5 * * *' });
  await place.forget('riverbend', 'files');
  for (const hours of [1, 2, 2, 2]) {
    place.clock.by(hours * HOUR_MS);
    await hand.look();
  }

  const gone = await place.entries('riverbend');
  const due = await state.state.all(tx => tx.query('select distinct plan from occurrence order by plan'));
  expect(said(await place.entries(), 'drill-finished', 'occurrence')).toEqual(['ehr/drill@2026-10-05T05:00:00Z']);
  expect(said(gone, 'drill-started', 'occurrence')).toEqual([]);
  expect(said(gone, 'drill-missed', 'occurrence')).toEqual([]);
  expect(said(gone, 'schedule', 'cancels').flat().length).toBeGreaterThan(10);
  expect(due).toEqual([{ plan: 'ehr' }]);
  expect(await place.verified(hand, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
  expect(await place.verified(hand, 'riverbend', 'ours')).toEqual({ codes: [0], problems: {} });
  await hand.end();
});
