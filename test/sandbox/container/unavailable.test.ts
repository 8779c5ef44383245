import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { containerSandbox } from '../../../src/sandbox/container/container.ts';
import { requestOf } from '../../conformance/sandbox.ts';

const isRoot = process.getuid?.() === 0;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp('/tmp/rsg-unavailable-');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('says what is missing and what to install, and leaves nothing', async () => {
  const scratch = join(folder, 'scratch');
  const sandbox = containerSandbox({ scratch, podman: 'no-such-podman' });

  const why = await sandbox.unavailable();
  const provision = sandbox.provision(requestOf(), new AbortController().signal);

  const said = isRoot
    ? { code: 'tool-missing', message: 'no-such-podman is not installed', hint: 'Install it: apt-get install podman' }
    : { code: 'namespaces-forbidden', message: 'containers are made as root only' };
  expect(why).toMatchObject(said);
  await expect(provision).rejects.toMatchObject(said);
  expect(await readdir(scratch)).toEqual([]);
});
