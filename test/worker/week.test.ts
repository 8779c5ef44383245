import { afterAll, expect, test } from 'vitest';
import { readDueBySite } from '../../src/store/state/overview.ts';
import { skip } from '../../src/store/occurrences.ts';
import { testState } from '../fixtures/state.ts';
import { HOUR_MS, living, removeDump, said, twice, type Hand } from './living.ts';

afterAll(removeDump);

/** The dump is made now, and a backup from the future is none: the week begins the day after tomorrow. */
const START = Math.ceil(Date.now() / 86_400_000 + 1) * 86_400_000;
/** All that the plans and their checks ask for lies between two looks of this rhythm, or on one. */
const LOOK_HOURS = 3;
const LOOKS = { intervalMs: LOOK_HOURS * HOUR_MS };
const moment = (hour: number): string => new Date(START + hour * HOUR_MS).toISOString();

test('a week in which the worker is off for a day is accounted for', async () => {
  await using state = await testState();
  await using place = await living(moment(-1), state.url);
  await place.client('lakeside');
  await place.client('riverbend');
  // The reference script takes its time for each entry: it is asked about the client whose backups are well.
  await place.plan('ehr', { client: 'riverbend', cron: '0 2 */2 * *', check: '10 */6 * * *', real: true });
  await place.plan('lis', { cron: '0 */8 * * *', check: '20 */12 * * *' });
  await place.plan('files', { cron: '0 12 * * *', check: '0 */3 * * *' });
  let hand: Hand = await place.worker(LOOKS);
  await hand.look();
  const skipped = `lis/drill@${moment(32).replace('.000Z', 'Z')}`;
  for (let hour = 0; hour <= 7 * 24 + LOOK_HOURS; hour += LOOK_HOURS) {
    // A little later each time, so that what is done every six hours is not put off by a look that took its time.
    place.clock.to(new Date(START + hour * (HOUR_MS + 10_000) + 5_000).toISOString());
    if (hour === 60) await hand.end();
    if (hour === 84) hand = await place.worker(LOOKS);
    if (hour >= 60 && hour < 84) continue;
    await hand.look();
    if (hour === 21) {
      const wish = { occurrence: skipped, reason: 'upgrade', approvedBy: 'it-director', approvedAt: place.clock.now() };
      await skip(await place.ledger(hand), wish, { contacts: { 'it-director': { name: 'Dana Reyes', channels: [] } } });
    }
  }
  await hand.look(); // what the last drills led to

  const lakeside = await place.entries();
  const sums = await place.reconciliation(hand, 'lakeside', [moment(0), moment(7 * 24)]);
  expect(sums).toMatchObject({ whole: true, endings: { skipped: 1, missed: 3, inconclusive: 0, open: 0, running: 0, pending: 0 } });
  expect(Object.values(sums.endings).reduce((sum, count) => sum + count, 0)).toBe(28);
  expect(sums.scheduled).toBe(28);
  const real = await place.reconciliation(hand, 'riverbend', [moment(0), moment(7 * 24)]);
  expect(real.whole).toBe(true);
  expect(real.endings.passed).toBeGreaterThan(1);
  expect(real.endings.passed + real.endings.missed).toBe(real.scheduled);
  expect(twice(said(lakeside, 'drill-started', 'occurrence'))).toEqual([]);
  expect(said(lakeside, 'heartbeat', 'worker').length).toBeGreaterThan(18);
  expect(said(lakeside, 'escalation-opened', 'condition')).toContain('drill-missed');
  const days = lakeside.filter(one => one.type === 'backup-day' && one.predicate['plan'] === 'files').map(({ predicate }) => predicate);
  expect(days.map(({ day }) => day)).toEqual(Array.from({ length: 8 }, (_, index) => moment((index - 1) * 24).slice(0, 10)));
  expect(days.map(day => [day['done'], day['missed']])).toContainEqual([8, 0]);
  expect(days.every(day => Number(day['done']) + Number(day['missed']) === 8)).toBe(true);
  expect(await place.verified(hand, 'lakeside', 'ours')).toEqual({ codes: [0], problems: {} });
  expect(await place.verified(hand, 'riverbend')).toEqual({ codes: [0, 0], problems: {} });
  expect((await readDueBySite(state.state, moment(400))).reduce((sum, { waiting }) => sum + waiting, 0)).toBeGreaterThan(3);
  expect(await place.leftovers()).toEqual([]);
  await hand.end();
});
