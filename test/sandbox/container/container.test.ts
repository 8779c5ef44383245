import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerSandbox } from '../../../src/sandbox/container/container.ts';
import { clockAhead, sandboxCases, type GivenSandbox } from '../../conformance/sandbox.ts';

const ENGINES = ['podman', 'docker'] as const;

describe.runIf(process.getuid?.() === 0).each(ENGINES)('the container sandbox of %s', engine => {
  let folder: string;
  let given: GivenSandbox;
  beforeAll(async () => {
    folder = await mkdtemp('/tmp/rsg-cbox-');
    const scratch = join(folder, 'home', 'scratch');
    const clock = clockAhead();
    given = { sandbox: containerSandbox({ scratch, engine, clock }), scratch, outside: await mkdtemp('/tmp/rsg-cout-'), clock };
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await rm(given.outside, { recursive: true, force: true });
  });

  for (const each of sandboxCases) {
    test(each.title, async () => {
      await expect(each.run(given)).resolves.toBeUndefined();
    });
  }

  test('can be made here, and looking whether it can leaves nothing', async () => {
    expect(await given.sandbox.unavailable()).toBeUndefined();
    expect(await readdir(given.scratch)).toEqual([]);
  });
});
