import { expect, test } from 'vitest';
import { beat } from '../../src/store/state/workers.ts';
import { testState } from '../fixtures/state.ts';
import { worker } from '../status/rows.ts';
import { living } from './living.ts';

const START = '2026-10-04T23:30:00.000Z';

test('a worker says in the state what it can take', async () => {
  await using state = await testState();
  await using place = await living(START, state.url);
  await place.client('lakeside');
  const hand = await place.worker({ slots: 3 });
  await hand.look();

  const [row] = await state.state.all(tx => tx.query('select slots, cpus, memory_bytes, disk_bytes from worker'));
  const { cpus, memoryBytes } = hand.app.machine;
  expect(row).toMatchObject({ slots: 3, cpus, memory_bytes: memoryBytes });
  expect(Number(row?.['disk_bytes'])).toBeGreaterThan(0);
  await hand.end();
});

test.each([
  ['files', 1],
  ['shared', 0],
] as const)('a worker of another machine on the same server is said once an hour where ledgers are %s', async (ledgers, times) => {
  await using state = await testState();
  await using place = await living(START, state.url, ledgers);
  await place.client('lakeside');
  await beat(state.state, worker('rack-2.7', 0, { heartbeatAt: START }));
  await beat(state.state, worker('rack-3.7', 0, { heartbeatAt: START, host: 'rack-3', state: 'stopped' }));
  const hand = await place.worker();
  await hand.look();
  await hand.look();

  const warned = hand.said.filter(line => line.includes('used by other machines too'));
  expect(warned).toHaveLength(times);
  expect(warned.join()).not.toContain('rack-3');
  await hand.end();
});
