import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { all } from '../../src/backup/all.ts';
import { CHECKOUT } from '../e2e/cli.ts';

/** Each tool keeps its case beside its other tests, so that they run side by side: `describeBackupTool({ tool, make })`. */
test('every backup tool has its case of the one suite', () => {
  const without = all.filter(({ name }) => !existsSync(join(CHECKOUT, `test/backup/${name}/conformance.test.ts`)));

  expect(without.map(({ name }) => name)).toEqual([]);
});
