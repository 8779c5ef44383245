import { Command } from 'commander';
import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { drainCommand } from '../../src/cli/drain.ts';
import { isDrained } from '../../src/worker.ts';
import { beat, workers } from '../../src/store/state/workers.ts';
import { testState, type TestState } from '../fixtures/state.ts';
import { worker } from '../status/rows.ts';
import { HOUR_MS, living, said, type Hand, type Living } from '../worker/living.ts';
import { spawnWork } from '../worker/processes.ts';

let state: TestState;
let place: Living;
let hand: Hand;
beforeAll(async () => {
  state = await testState();
  place = await living(new Date(Date.now() - HOUR_MS).toISOString(), state.url);
  await place.client('lakeside');
  await place.plan('ehr', { cron: '* * * * *' });
  hand = await place.worker({ site: 'local' });
  await hand.look();
});
afterAll(async () => {
  await hand.end();
  await place[Symbol.asyncDispose]();
  await state[Symbol.asyncDispose]();
});

/** What `resurgam drain …` prints. */
async function drain(...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation(text => printed.push(String(text)) > 0);
  try {
    const program = new Command().exitOverride();
    drainCommand(program, { app: hand.app, exit: () => undefined });
    await program.parseAsync(['drain', ...args], { from: 'user' });
  } finally {
    spy.mockRestore();
  }
  return printed.join('');
}

const stateOf = async (id: string): Promise<string | undefined> => (await workers(state.state)).find(row => row.id === id)?.state;

test('a worker that is asked to drain takes nothing new, says so, and has ended when nothing runs', async () => {
  const before = said(await place.entries(), 'drill-started', 'drill').length;
  expect(await drain(hand.run.setting.id)).toBe('worker-1 takes nothing new and ends by itself: it is at nothing\n');
  expect(await stateOf('worker-1')).toBe('draining');

  place.clock.by(5 * 60_000);
  await hand.look();

  expect(said(await place.entries(), 'drill-started', 'drill').length).toBe(before);
  expect(isDrained(hand.run)).toBe(true);
  expect(await stateOf('worker-1')).toBe('draining');
  expect(hand.said.filter(line => line.includes('asked to drain'))).toHaveLength(1);
});

test('who has its process id next was not asked', async () => {
  const { startedAt, ...row } = worker('again', 0, { heartbeatAt: place.clock.now() });
  await beat(state.state, { ...row, startedAt });
  await drain('again');

  expect(await beat(state.state, { ...row, startedAt })).toBe(true);
  expect(await beat(state.state, { ...row, startedAt: place.clock.now() })).toBe(false);
  expect(await stateOf('again')).toBe('working');
  await beat(state.state, { ...row, startedAt, state: 'stopped' });
});

test('a process ends by itself when it was drained from elsewhere, with 0', async () => {
  place.clock.to(new Date().toISOString());
  const process = spawnWork(place);
  const id = await vi.waitUntil(async () => (await workers(state.state)).find(row => row.pid === process.pid)?.id, { timeout: 60_000 });

  expect(await drain('--site', 'local')).toContain(`${id} takes nothing new`);

  await vi.waitUntil(() => process.exitCode() !== undefined, { timeout: 60_000 });
  expect([process.exitCode(), await stateOf(id)]).toEqual([0, 'stopped']);
});

test.each([
  [['nobody'], 'nobody: no such worker was heard lately', /^Name one of the \d workers?: .*far \(elsewhere\)/],
  [['--site', 'nowhere'], '--site nowhere: no worker of that site was heard lately', /far \(elsewhere\)/],
  [['far', '--site', 'elsewhere'], 'expected a worker or --site, got both', /far/],
  [['old'], 'old: its release 0.1.0 cannot be asked to drain', /SIGTERM/],
  [[], 'expected one worker on this machine, there are 2', /twin/],
])('%j is refused with what to do', async (args, message, hint) => {
  place.clock.to(new Date().toISOString());
  const now = { heartbeatAt: place.clock.now() };
  await beat(state.state, worker('far', 0, { ...now, site: 'elsewhere' }));
  await beat(state.state, worker('old', 0, { ...now, slots: null }));
  for (const id of ['worker-1', 'twin']) await beat(state.state, worker(id, 0, { ...now, host: hostname() }));

  await expect(drain(...args)).rejects.toMatchObject({ message, hint: expect.stringMatching(hint) as string, exitCode: 2 });
});
