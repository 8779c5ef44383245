import { expect, test } from 'vitest';
import { testState } from '../fixtures/state.ts';
import { HOUR_MS, living, said, type Hand, type Living } from './living.ts';

const START = '2026-10-04T23:30:00.000Z';

/** A look before the drills are due, one while they are, and one after the six hours in which they must begin. */
async function livedThrough(place: Living, hand: Hand): Promise<void> {
  for (const hours of [0, 1, 7]) {
    place.clock.by(hours * HOUR_MS);
    await hand.look();
  }
}

/** Why each plan was missed, as the ledger says. */
async function causes(place: Living): Promise<Readonly<Record<string, unknown>>> {
  const entries = await place.entries();
  const plans = said(entries, 'drill-missed', 'occurrence').map(one => String(one).split('/')[0] ?? '');
  const found = said(entries, 'drill-missed', 'cause');
  return Object.fromEntries(plans.map((plan, at) => [plan, found[at]]));
}

test('of several machines: a site without a worker, and limits that no worker can hold, are named where a drill is missed', async () => {
  await using state = await testState();
  await using place = await living(START, state.url, 'shared');
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 0 * * *' });
  await place.plan('far', { cron: '0 0 * * *', more: 'site: elsewhere' });
  await place.plan('huge', { cron: '0 0 * * *', more: 'limits: { memory: 9000GiB }' });
  const hand = await place.worker({ site: 'local' });
  await livedThrough(place, hand);

  expect(await causes(place)).toEqual({ far: 'site-unreachable', huge: 'no-capacity' });
  expect(said(await place.entries(), 'drill-started', 'plan')).toEqual(expect.arrayContaining(['ehr']));
  const matters = await state.state.all(tx =>
    tx.query("select matter->>'plan' as plan, matter->'codes' as codes from escalation where key like '%/drill-missed' order by 1"),
  );
  expect(matters).toEqual([
    { plan: 'far', codes: ['drill.site-unreachable'] },
    { plan: 'huge', codes: ['drill.no-capacity'] },
  ]);
  await hand.end();
});

test('of one machine: a site that no worker takes is named, and what is asked beyond the machine is drilled with what it has', async () => {
  await using state = await testState();
  await using place = await living(START, state.url);
  await place.client('lakeside');
  await place.plan('far', { cron: '0 0 * * *', more: 'site: elsewhere' });
  await place.plan('huge', { cron: '0 0 * * *', more: 'limits: { memory: 9000GiB }' });
  const hand = await place.worker({ site: 'local' });
  await livedThrough(place, hand);

  expect(await causes(place)).toEqual({ far: 'site-unreachable' });
  expect(said(await place.entries(), 'drill-started', 'plan')).toContain('huge');
  await hand.end();
});
