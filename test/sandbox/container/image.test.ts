import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerSandbox } from '../../../src/sandbox/container/container.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { requestOf, shell } from '../../conformance/sandbox.ts';
import { makeSmallImage, VOLUME, type SmallImage } from '../../fixtures/small-image.ts';

const never = new AbortController().signal;

describe.runIf(process.getuid?.() === 0)('a sandbox over a pinned image', () => {
  let folder: string;
  let image: SmallImage;
  let sandbox: Sandbox;
  beforeAll(async () => {
    folder = await mkdtemp('/tmp/rsg-image-');
    image = await makeSmallImage(folder);
    sandbox = containerSandbox({ scratch: join(folder, 'home', 'scratch'), imageStore: image.store });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('runs programs of the image, proved to be isolated, and fetches with those of this machine', async () => {
    const before = await readdir(image.store);
    const ready = await sandbox.provision(requestOf({}, { image: image.pinned }), never);
    const data = await ready.jail.makeFolder('data');

    const script = 'cat /usr/only-in-the-image; ls /usr/share; echo kept > /data/kept; echo x > /usr/x; id -un';
    const inside = await shell(ready.jail, script, { mounts: [{ from: data, at: '/data', write: true }] });
    const fetched: string[] = [];
    const fetch = {
      file: '/bin/sh',
      args: ['-c', 'ls -d /usr/only-in-the-image /usr/share'],
      env: {},
      stdin: '',
      visible: [],
      network: false,
    };
    await ready.fetchJail({ ...fetch, onLine: line => void fetched.push(line), timeLimitMs: 20_000 }, never);
    const destroyed = await ready.destroy();

    expect(inside.stdout).toBe('of the image\nresurgam\n');
    expect(fetched).toEqual(['/usr/share']);
    expect(ready.isolation).toBe('proved');
    expect({ ...destroyed, at: '' }).toEqual({ at: '', verified: true, processes: 0, mounts: 0, bytes: 0 });
    expect(await readdir(image.store)).toEqual(before);
  });

  test('makes nothing writable because the image asks for it', async () => {
    await using ready = await sandbox.provision(requestOf({}, { image: image.pinned }), never);

    const { stdout } = await shell(ready.jail, 'cat /proc/self/mountinfo');

    expect(stdout).toContain(' /tmp ');
    expect(stdout).not.toContain(VOLUME);
  });

  test('is not made where the image is not here with that digest, and says how to get it', async () => {
    const other = `${image.name}@sha256:${'0'.repeat(64)}`;

    const provision = sandbox.provision(requestOf({}, { image: other }), never);

    await expect(provision).rejects.toMatchObject({ code: 'tool-missing', hint: `Run as root: podman pull ${other}` });
    expect(await readdir(join(folder, 'home', 'scratch'))).toEqual([]);
  });
});
