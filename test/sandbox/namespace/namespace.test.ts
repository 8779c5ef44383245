import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespaceSandbox } from '../../../src/sandbox/namespace/namespace.ts';
import { clockAhead, requestOf, sandboxCases, type GivenSandbox } from '../../conformance/sandbox.ts';
import { runAsUser, type UserRun } from './as-user.ts';

let folder: string;
let given: GivenSandbox;
beforeAll(async () => {
  folder = await mkdtemp('/tmp/rsg-box-');
  const scratch = join(folder, 'home', 'scratch');
  const clock = clockAhead();
  given = { sandbox: namespaceSandbox({ scratch, clock }), scratch, outside: await mkdtemp('/tmp/rsg-out-'), clock };
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

test.runIf(process.getuid?.() === 0)(
  'reads a store that is root’s alone when it fetches as root, and still cannot write there or elsewhere',
  async () => {
    const store = join(given.outside, 'root-only');
    await mkdir(store, { mode: 0o700 });
    await writeFile(join(store, 'dump'), 'bytes', { mode: 0o600 });
    await using ready = await given.sandbox.provision(requestOf(), new AbortController().signal);
    const lines: string[] = [];
    const tries = [
      `cat ${store}/dump > ${ready.staging}/dump && echo fetched`,
      `echo x >> ${store}/dump && echo changed`,
      `touch ${store}/x && echo made`,
    ];
    const kernel = ['echo x > /proc/sys/kernel/core_pattern && echo kernel', 'touch /x /usr/x /etc/x /tmp/../x && echo root', 'id -u'];
    const args = ['-c', [...tries, ...kernel].join('; ')];

    await ready.fetchJail(
      {
        file: '/bin/sh',
        args,
        env: {},
        stdin: '',
        visible: [store],
        network: true,
        onLine: line => void lines.push(line),
        timeLimitMs: 9_000,
      },
      new AbortController().signal,
    );

    expect(lines).toEqual(['fetched', expect.stringMatching(/^6\d{4}$/)]);
    expect(await readFile(join(ready.staging, 'dump'), 'utf8')).toBe('bytes');
    expect(await readFile(join(store, 'dump'), 'utf8')).toBe('bytes');
  },
);

test('says that the home cannot be written', async () => {
  const sandbox = namespaceSandbox({ scratch: '/etc/hostname/scratch' });

  await expect(sandbox.provision(requestOf(), new AbortController().signal)).rejects.toMatchObject({ code: 'home-unwritable' });
});

describe('the namespace sandbox without cgroups', () => {
  for (const each of sandboxCases.filter(one => one.title.includes('limit') || one.title.includes('memory'))) {
    test(each.title, async () => {
      const sandbox = namespaceSandbox({ scratch: given.scratch, cgroups: false, clock: given.clock });

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
