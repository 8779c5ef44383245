import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CHECKOUT } from './cli.ts';

const SWEEP = join(CHECKOUT, 'test/sweep/kill-sweep.mjs');

/** The short one of `npm run sweep`: where a kill is not survived, its report names what was lost. */
test('two workers that are killed twelve times, and their server once, lose nothing, and nothing is left of them', async () => {
  const ran = await promisify(execFile)(process.execPath, [SWEEP, '--kills', '12', '--seed', '20261122']).then(
    ({ stdout }) => stdout,
    (error: unknown) => (error as { stdout: string }).stdout,
  );

  const said = ran.split('\n');
  expect(
    said.filter(line => line.startsWith('WRONG')),
    ran,
  ).toEqual([]);
  expect(
    said.some(line => /1[2-4] workers and [12] servers were killed/.test(line)),
    ran,
  ).toBe(true);
  expect(ran).toContain('nothing was lost');
});
