import pg from 'pg';
import { expect, test } from 'vitest';
import { readDepth } from '../../src/store/queue/depth.ts';
import { testState } from '../fixtures/state.ts';
import { HOUR_MS, living, said, twice } from './living.ts';

const START = '2026-10-04T23:00:00.000Z';

test('a job of an occurrence that has ended meanwhile is completed without a drill', async () => {
  await using state = await testState();
  await using place = await living(START, state.url, 'shared');
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 * * * *' });
  const full = await place.worker({ slots: 1 });
  await full.look();
  await full.run.queue?.enqueue([
    {
      ...{ client: 'lakeside', plan: 'ehr', site: 'local', attempt: 1, occurrence: 'lakeside/ehr/drill@2026-10-01T00:00:00Z' },
      ...{ lateAfter: '2026-10-01T02:00:00.000Z', timeMs: HOUR_MS },
    },
  ]);

  await full.look();

  expect(await readDepth(state.url)).toEqual([]);
  expect(said(await place.entries(), 'drill-started', 'occurrence')).toEqual([]);
  await full.end();
});

test('a queue that was emptied by hand is filled again, and nothing is drilled twice', async () => {
  await using state = await testState();
  await using place = await living(START, state.url, 'shared');
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 * * * *' });
  const hand = await place.worker();
  await hand.look();
  const client = new pg.Client({ connectionString: state.url });
  await client.connect();
  for (let hour = 0; hour < 4; hour += 1) {
    place.clock.by(HOUR_MS);
    await client.query('delete from resurgam_jobs.job');
    await hand.look();
  }
  await client.end();
  await hand.end();

  const started = said(await place.entries(), 'drill-started', 'occurrence');
  expect(new Set(started).size).toBe(4);
  expect(twice(started)).toEqual([]);
});

test('a plan that asks for more than the machine has is left to others, and said', async () => {
  await using state = await testState();
  await using place = await living(START, state.url, 'shared');
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 * * * *' });
  await place.plan('huge', { cron: '0 * * * *', more: 'limits: { memory: 9000GiB }' });
  const hand = await place.worker();
  await hand.look();
  place.clock.by(HOUR_MS);
  await hand.look();
  await hand.look();

  const plans = said(await place.entries(), 'drill-started', 'plan');
  expect(new Set(plans)).toEqual(new Set(['ehr']));
  expect(
    hand.said.filter(line => line.includes('lakeside/huge do not fit')),
    'once an hour',
  ).toHaveLength(2);
  expect(await readDepth(state.url)).toEqual([{ site: 'local', waiting: 1, running: 0 }]);
  await hand.end();
});

test('a worker leaves the plans of other sites in the queue', async () => {
  await using state = await testState();
  await using place = await living(START, state.url, 'shared');
  await place.client('lakeside');
  await place.plan('ehr', { cron: '0 * * * *' });
  const other = await place.worker({ site: 'elsewhere' });
  await other.look();
  place.clock.by(HOUR_MS);
  await other.look();
  expect(await readDepth(state.url)).toEqual([{ site: 'local', waiting: 1, running: 0 }]);

  const ours = await place.worker({ site: 'local' });
  await ours.look();

  expect(said(await place.entries(), 'drill-started', 'plan')).toEqual(['ehr']);
  await other.end();
  await ours.end();
});
