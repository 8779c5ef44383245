import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { all } from '../../src/service/all.ts';
import { CHECKOUT } from '../e2e/cli.ts';

/** Each engine keeps its case beside its other tests, so that they run side by side: `describeService({ service, has, make })`. */
test('every engine has its case of the one suite', () => {
  const without = all.filter(({ engine }) => !existsSync(join(CHECKOUT, `test/service/${engine}/conformance.test.ts`)));

  expect(without.map(({ engine }) => engine)).toEqual([]);
});
