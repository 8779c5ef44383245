import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import type { ServiceError } from '../../src/service/service.ts';
import { STRANGE, type Strange, type Way } from './service-given.ts';
import {
  alarms,
  isAskedInVain,
  never,
  openIn,
  quiet,
  refused,
  sayServiceError,
  standing,
  upOf,
  type At,
  type Opening,
  type Standing,
  type SuiteCase,
} from './service-opening.ts';
import { killServers, watchedJail, type WatchedJail } from './service-places.ts';
import { newFolder, ownProcesses, startedSince } from './traces.ts';

const run = promisify(execFile);

export interface EndingCase extends SuiteCase {
  readonly way?: Way;
}

/** How it ends, or never begins. The one that was asked before is given to them; nobody asks it afterwards. */
export const endingCases: readonly EndingCase[] = [
  {
    title: 'is said to have died once it was killed, or which limit did it, and is asked in vain',
    run: async ({ given }, { jail, running }) => {
      if (given.runsNothing === true) await rm(join(jail.folder, 'restored'), { recursive: true });
      else assert.ok((await killServers(jail)) > 0, 'nothing runs');

      assert.equal(await upOf(running), 'service.died inconclusive');
      await isAskedInVain(given, running, { filesGone: given.runsNothing === true });
      jail.hit('disk');
      assert.equal(await upOf(running), 'service.disk-full inconclusive');
    },
  },
  {
    title: 'ends all that runs when it is stopped, also a second time, and is asked in vain',
    run: async at => {
      const before = await ownProcesses();
      await using fresh = await standing(at);
      await fresh.opened.stop();

      assert.deepEqual(await startedSince(before), []);
      if (at.given.runsNothing !== true) await isAskedInVain(at.given, fresh.running, { filesGone: false });
      await fresh.opened.stop();
      assert.deepEqual(await startedSince(before), []);
    },
  },
  {
    title: 'leaves nothing that runs when it is stopped while it starts, whichever of its programs runs at that moment',
    run: async (at, { programs }) => {
      await isStoppedAt(at, 0);
      for (let number = 1; number <= programs; number += 1) await isStoppedAt(at, number);
    },
  },
  {
    title: 'says of a version that is not here what to install, before anything runs',
    run: at => isUnavailable(at),
  },
  ...Object.entries(STRANGE).map(([strange, words]): EndingCase => ({
    title: `does not take for its own, nor quotes, ${words}`,
    way: 'open',
    run: at => isNotTaken(at, strange as Strange),
  })),
  {
    title: 'hands its files over, so that nothing runs and they are whole in another place',
    needs: 'handOver',
    run: at => handsOver(at),
  },
];

type Begun = Pick<Standing, 'opened' | 'running'>;

function isBegun(came: unknown): came is Begun {
  return typeof came === 'object' && came !== null && 'running' in came;
}

/** Opens and starts it. */
async function begin(at: At, jail: WatchedJail, opening: Opening): Promise<Begun> {
  const opened = await openIn(at, jail, opening);
  return { opened, running: await opened.start(opening.stop ?? never) };
}

/** When the program of this number begins; 0: before all of them. */
async function isStoppedAt(at: At, number: number): Promise<void> {
  const before = await ownProcesses();
  const stop = new AbortController();
  await using jail = await watchedJail(begun => {
    if (begun === number) stop.abort();
  });
  if (number === 0) stop.abort();
  const came = await begin(at, jail, { stop: stop.signal }).catch((error: unknown) => error);

  if (isBegun(came)) {
    // What was kept since made one of its programs needless.
    assert.ok(jail.programs() < number, `it was not stopped at program ${String(number)}`);
    await came.opened.stop();
  } else assert.equal(sayServiceError(came).code, 'stopped', `at program ${String(number)}: ${inspect(came)}`);
  assert.deepEqual(await startedSince(before), [], `at program ${String(number)}`);
}

async function isUnavailable(at: At): Promise<void> {
  const { service, given, way } = at;
  const unavailable = given[way]?.unavailable;
  assert.ok(unavailable !== undefined);
  if (unavailable === 'needs no program of its own') {
    assert.equal(given.program, undefined);
    return;
  }
  let error: Pick<ServiceError, 'code' | 'hint'>;
  if ('hides' in unavailable) {
    const layout = given.open?.material.restored.layout;
    // Whoever builds programs is loaded only where one is.
    const { withoutProgram } = await import('../fixtures/without-program.ts');
    const came = await withoutProgram(unavailable.hides, { engine: service.engine, layout });
    assert.equal(came.programs, 0);
    error = came;
  } else {
    await using jail = await watchedJail();
    error = await refused(() => begin(at, jail, { request: unavailable }));
    assert.deepEqual(jail.spawned, []);
  }
  assert.equal(error.code, 'version-unavailable', inspect(error));
  assert.ok(error.hint.length > 0);
}

/** Bad news is a finding or a ServiceError; which of them, and whose fault it is, each engine says. */
async function isNotTaken(at: At, strange: Strange): Promise<void> {
  const before = await ownProcesses();
  await using jail = await watchedJail();
  const isOwn = at.given.open?.takes?.[strange] !== undefined;
  const came = await begin(at, jail, { strange }).catch((error: unknown) => error);
  if (!isBegun(came)) sayServiceError(came);
  else if (isOwn) assert.equal(came.running.ready, true);
  else await isBadNews(at, came);

  if (isBegun(came)) await came.opened.stop();
  else assert.equal(isOwn, false);
  assert.deepEqual(await startedSince(before), []);
}

async function isBadNews({ given }: At, { opened, running }: Begun): Promise<void> {
  assert.equal(running.ready, false);
  assert.ok(alarms(running.findings).length > 0, inspect(running.findings));
  quiet(running.findings, opened.settings);
  assert.notEqual((await running.stillUp()).outcome, 'passed');
  if (given.sql === undefined) await refused(() => running.sql('select 1 as one'));
  else for (const { ask } of given.asked) await refused(() => ask(running));
}

async function handsOver(at: At): Promise<void> {
  const { given } = at;
  assert.ok(given.handedOver !== undefined, 'the case says nothing of what was handed over');
  const before = await ownProcesses();
  await using place = await newFolder();
  await using jail = await watchedJail();
  const { opened, running } = await begin(at, jail, {});
  const folder = join(place.path, 'recovered');
  const { username: name, uid, gid } = userInfo();
  const administrator = { name, uid, gid };
  const handed = await opened.handOver?.({ folder, administrator }, never);

  assert.deepEqual(await startedSince(before), []);
  for (const [setting, value] of Object.entries(handed?.settings ?? {})) assert.equal(typeof value, 'string', setting);
  await isAskedInVain(given, running, { filesGone: false });
  await run('cp', ['-aT', join(jail.folder, 'restored'), folder]);
  assert.equal(await given.handedOver.ask(folder), given.handedOver.answer);
  await opened.stop();
}
