import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { endingCases } from './service-ending.ts';
import type { Capability, GivenService, ServiceCase, Way } from './service-given.ts';
import { inPlaceCases } from './service-in-place.ts';
import { standing, type At, type Standing } from './service-opening.ts';
import { runningCases } from './service-running.ts';
import { treeAt } from './traces.ts';

export { CANARY, type GivenService } from './service-given.ts';

/** The suite: what every engine must do, whatever it is. */
export function describeService({ service, kind = 'a service', has, elsewhere = [], make }: ServiceCase): void {
  describe(`${service.engine} is ${kind}`, () => {
    let given: GivenService;
    beforeAll(async () => {
      given = await make();
    });
    afterAll(() => given[Symbol.asyncDispose]());

    test('has a case for each way in which it comes to run', () => {
      const ways = (['prepare', 'open'] as const).filter(way => service[way] !== undefined);

      expect(Object.keys(has).sort()).toEqual([...ways].sort());
      expect(Object.keys(given)).toEqual(expect.arrayContaining(ways));
    });

    for (const [way, capabilities] of Object.entries(has) as [Way, readonly Capability[]][])
      describe(WORDS[way], () => {
        describeWay(() => ({ service, given, way, has: capabilities, elsewhere }), capabilities, way);
      });

    if (service.inPlace !== undefined && !elsewhere.includes('inPlace'))
      describe('what is in use now', () => {
        for (const one of inPlaceCases)
          test(one.title, async () => {
            await expect(one.run({ service, given })).resolves.toBeUndefined();
          });
      });
  });
}

const WORDS: Readonly<Record<Way, string>> = { prepare: 'an empty server into which was restored', open: 'over restored files' };

function describeWay(at: () => At, has: readonly Capability[], way: Way): void {
  let shared: Standing;
  let staged: readonly string[];
  const stagedOf = async (): Promise<readonly string[]> => treeAt(at().given.open?.material.staged.folder ?? '/nowhere');
  beforeAll(async () => {
    staged = await stagedOf();
    shared = await standing(at());
  });
  afterAll(() => shared[Symbol.asyncDispose]());

  const asked = runningCases.filter(
    ({ needs, lacks }) => (needs === undefined || has.includes(needs)) && (lacks === undefined || !has.includes(lacks)),
  );
  const ended = endingCases.filter(one => (one.way ?? way) === way && (one.needs === undefined || has.includes(one.needs)));
  for (const one of [...asked, ...ended])
    test(one.title, async () => {
      await expect(one.run(at(), shared)).resolves.toBeUndefined();
    });

  test('left what was fetched as it was', async () => {
    expect(await stagedOf()).toEqual(staged);
  });
}
