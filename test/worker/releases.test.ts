import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MIGRATIONS, type Migration } from '../../src/store/state/migrate.ts';
import { workers } from '../../src/store/state/workers.ts';
import { isDrained } from '../../src/worker.ts';
import { testState, type TestState } from '../fixtures/state.ts';
import { HOUR_MS, living, said, twice, type Hand, type Living } from './living.ts';
import { twoMachines } from './two-machines.ts';

const OURS = MIGRATIONS.length;
const MORE: readonly Migration[] = [
  ...MIGRATIONS,
  { number: OURS + 1, name: 'only adds', sql: 'create table extra (x int)', oldest: OURS },
];
const OTHER: readonly Migration[] = [...MORE, { number: OURS + 2, name: 'changes what was there', sql: 'select 1' }];

async function steps({ state }: TestState): Promise<readonly unknown[]> {
  const rows = await state.all(tx => tx.query('select number from resurgam_migration order by 1'));
  return rows.map(({ number }) => number);
}

async function anHour(place: Living, hands: readonly Hand[]): Promise<void> {
  place.clock.by(HOUR_MS);
  await Promise.all(hands.map(hand => hand.look()));
  await Promise.all(hands.map(hand => hand.look()));
}

const begun = ({ said: lines }: Hand): number => lines.filter(line => line.includes(' begins ')).length;

test('two releases work side by side while the newer only adds to the tables; when it changes them the older one goes, with what it is at', async () => {
  await using state = await testState();
  await using place = await living('2026-10-04T23:00:00.000Z', state.url, 'shared');
  await place.client('lakeside');
  for (const plan of ['ehr', 'lis', 'pacs']) await place.plan(plan, { cron: '0 * * * *' });
  const [older, newer] = await twoMachines(place, { release: { version: '9.1.0', migrations: MORE } });

  await anHour(place, [older, newer]);
  await anHour(place, [older, newer]);

  expect([begun(older) > 0, begun(newer) > 0, begun(older) + begun(newer)]).toEqual([true, true, 6]);
  expect(await steps(state)).toEqual(MORE.map(({ number }) => number));
  expect((await workers(state.state)).map(({ version }) => version).sort()).toEqual([older.app.version, '9.1.0']);
  const again = await place.worker();
  await again.end();
  expect(await steps(state)).toEqual(MORE.map(({ number }) => number));
  await newer.end();

  const newest = await place.worker({}, { home: join(place.folder, 'home-2'), release: { version: '9.2.0', migrations: OTHER } });
  await newest.look();
  const before = begun(older);
  await anHour(place, [older, newest]);

  expect(older.said.join('\n')).toContain(`expected tables of step ${OURS} or such as it can go on with, they are of step ${OURS + 2}`);
  expect([isDrained(older.run), older.run.outdated, begun(older)]).toMatchObject([true, { code: 'state-newer' }, before]);
  await expect(place.worker()).rejects.toMatchObject({ code: 'state-newer', hint: expect.stringContaining('Upgrade') as string });
  expect(begun(newest)).toBe(3);
  expect(twice(said(await place.entries(), 'drill-started', 'occurrence'))).toEqual([]);
  await newest.end();
  await older.end();
});
