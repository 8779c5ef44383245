import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerSandbox } from '../../../src/sandbox/container/container.ts';
import { sandboxCases, type GivenSandbox } from '../../conformance/sandbox.ts';

let folder: string;
let given: GivenSandbox;
beforeAll(async () => {
  folder = await mkdtemp('/tmp/rsg-cbox-');
  const scratch = join(folder, 'home', 'scratch');
  given = { sandbox: containerSandbox({ scratch }), scratch, outside: await mkdtemp('/tmp/rsg-cout-') };
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(given.outside, { recursive: true, force: true });
});

describe.runIf(process.getuid?.() === 0)('the container sandbox', () => {
  for (const each of sandboxCases) {
    test(each.title, async () => {
      await expect(each.run(given)).resolves.toBeUndefined();
    });
  }
});
