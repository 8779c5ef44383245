import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Jail } from '../../src/backup/target.ts';
import { machine } from '../../src/recovery/running.ts';
import type { RunningService } from '../../src/service/service.ts';
import { bareJail } from '../fixtures/bare-jail.ts';
import { CANARY, type GivenInPlace } from './service-given.ts';
import { alarms, isAskedInVain, quiet, reading, refused, sayServiceError, upOf, type At } from './service-opening.ts';
import { newFolder, ownProcesses, startedSince, treeAt } from './traces.ts';

type PlacedAt = Pick<At, 'service' | 'given'>;

export interface InPlaceCase {
  readonly title: string;
  run(at: PlacedAt): Promise<void>;
}

/** What may be in a place that is taken for its own. */
const OTHERS: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  nothing: () => Promise.resolve(),
  'an empty folder': mkdir,
  'a text in place of the folder': writeText,
  'texts in place of its files': textsWithin,
};

/** What is in use now, and must not notice. */
export const inPlaceCases: readonly InPlaceCase[] = [
  {
    title: 'answers where it is in use, changes nothing there, and leaves nothing that runs',
    run: async at => {
      const { begin, readers = [] } = placeOf(at);
      await using place = await newFolder();
      await using used = await begin(place.path);
      await using jail = await bareJail();
      const tree = async (): Promise<readonly string[]> =>
        (await treeAt(used.folder)).filter(line => !readers.some(name => line.startsWith(`${name} `)));
      const [was, before] = [await tree(), await ownProcesses()];
      const running = await askedIn(used.folder, at, jail);

      assert.deepEqual([running.ready, alarms(running.findings), await upOf(running)], [true, [], 'service.up passed']);
      for (const { ask, answer } of at.given.asked) assert.deepEqual(await ask(running), answer);
      for (const text of at.given.sql?.writes ?? []) {
        await refused(() => running.sql(text));
        // It may refuse that too, or do it to a copy.
        await running.sql(text, { write: true }).catch(sayServiceError);
      }
      assert.deepEqual(await tree(), was);
      assert.deepEqual(await startedSince(before), []);
    },
  },
  {
    title: 'says that it is gone once it is, and is asked in vain',
    run: async at => {
      const { begin, asksCopy } = placeOf(at);
      await using place = await newFolder();
      await using jail = await bareJail();
      let running: RunningService;
      {
        await using used = await begin(place.path);
        running = await askedIn(used.folder, at, jail);
      }
      await place[Symbol.asyncDispose]();

      if (asksCopy === undefined) {
        assert.match(await upOf(running), /^service\.(?:died|no-answer) inconclusive$/);
        await isAskedInVain(at.given, running, { filesGone: true });
      } else assert.equal(await upOf(running), 'service.up passed');
    },
  },
  ...Object.entries(OTHERS).map(([what, make]): InPlaceCase => ({
    title: `is not ready over ${what}, and throws nothing but ServiceError`,
    run: at => isNotReady(at, make),
  })),
];

function placeOf({ given }: PlacedAt): GivenInPlace {
  assert.ok(given.inPlace !== undefined, 'the case has nothing that is in use');
  return given.inPlace;
}

async function askedIn(folder: string, { service, given }: PlacedAt, jail: Jail): Promise<RunningService> {
  const { layout = {} } = placeOf({ service, given });
  const running = await service.inPlace?.({ jail: () => Promise.resolve(jail), machine, folder, layout, reading: await reading() });
  assert.ok(running !== undefined);
  return running;
}

async function isNotReady(at: PlacedAt, make: (folder: string) => Promise<unknown>): Promise<void> {
  await using place = await newFolder();
  await using jail = await bareJail();
  const folder = join(place.path, 'recovered');
  await make(folder);
  const isOwn = make === textsWithin && at.given.open?.takes?.text !== undefined;
  try {
    const running = await askedIn(folder, at, jail);
    assert.equal(running.ready, isOwn);
    quiet(running.findings);
    assert.equal((await running.stillUp()).outcome === 'passed', isOwn);
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    sayServiceError(error);
  }
}

function writeText(path: string): Promise<void> {
  return writeFile(path, `${CANARY}\n`);
}

async function textsWithin(folder: string): Promise<void> {
  await mkdir(folder);
  for (const name of ['data', 'config', 'database', 'ldapi']) await writeText(join(folder, name));
}
