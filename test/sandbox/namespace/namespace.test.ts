import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespaceSandbox } from '../../../src/sandbox/namespace/namespace.ts';
import { sandboxCases, type GivenSandbox } from '../../conformance/sandbox.ts';
import { runAsUser, type UserRun } from './as-user.ts';

let folder: string;
let given: GivenSandbox;
beforeAll(async () => {
  folder = await mkdtemp('/tmp/rsg-box-');
  const scratch = join(folder, 'home', 'scratch');
  given = { sandbox: namespaceSandbox({ scratch }), scratch, outside: await mkdtemp('/tmp/rsg-out-') };
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await rm(given.outside, { recursive: true, force: true });
});

describe('the namespace sandbox of whoever runs this', () => {
  for (const each of sandboxCases) {
    test(each.title, async () => {
      await expect(each.run(given)).resolves.toBeUndefined();
    });
  }
});

describe('the namespace sandbox without cgroups', () => {
  for (const each of sandboxCases.filter(one => one.title.includes('limit') || one.title.includes('memory'))) {
    test(each.title, async () => {
      const sandbox = namespaceSandbox({ scratch: given.scratch, cgroups: false });

      await expect(each.run({ ...given, sandbox })).resolves.toBeUndefined();
    });
  }
});

describe('the namespace sandbox of an ordinary user', () => {
  let run: UserRun;
  beforeAll(async () => {
    run = await runAsUser();
  });
  afterAll(() => run.clean());

  for (const each of sandboxCases) {
    test(each.title, () => {
      expect(run.answers.get(each.title)).toBe('held');
    });
  }
});
