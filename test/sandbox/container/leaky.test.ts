import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerSandbox } from '../../../src/sandbox/container/container.ts';
import type { SandboxError } from '../../../src/sandbox/sandbox.ts';
import { requestOf } from '../../conformance/sandbox.ts';

describe.runIf(process.getuid?.() === 0)('a container with one wall left out', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp('/tmp/rsg-leaky-');
    await mkdir(join(folder, 'subscription'));
    await writeFile(join(folder, 'subscription', 'key'), 'of this machine');
    await writeFile(join(folder, 'mounts.conf'), `${join(folder, 'subscription')}:/run/secrets\n`);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A podman that hears one argument wrongly. */
  async function deafPodman(said: string, heard: string): Promise<string> {
    const file = join(folder, `podman-${said.replaceAll(/\W/g, '')}`);
    const script =
      'args=(); for a in "$@"; do o=$a; [ "$a" = "$SAID" ] || [ "$before $a" = "$SAID" ] && a=$HEARD; args+=("$a"); before=$o; done; exec podman "${args[@]}"';
    await writeFile(file, `#!/bin/bash\nSAID='${said}'; HEARD='${heard}'\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }

  test.each([
    ['the network', ['--network none', 'host'], ['isolation.dns', 'isolation.host-ports', 'isolation.host-sockets']],
    ['the cover of the kernel’s files', ['/sys:ro,nosuid,nodev,notmpcopyup,mode=0755,size=4096', '/srv:ro'], ['isolation.files']],
    ['what is handed to every container', ['/run/resurgam/mounts.conf', 'FOLDER/mounts.conf'], ['isolation.files']],
    ['the user', ['--user', '--label'], ['isolation.privileges']],
  ])('is not handed out: %s', async (_, [said = '', heard = ''], codes) => {
    const scratch = join(folder, 'scratch');
    const sandbox = containerSandbox({ scratch, podman: await deafPodman(said, heard.replace('FOLDER', folder)) });

    const error = await sandbox.provision(requestOf(), new AbortController().signal).catch((caught: unknown) => caught as SandboxError);

    expect(error).toMatchObject({ name: 'SandboxError', code: 'isolation-not-proved' });
    const leaks = (error as SandboxError).findings.filter(found => found.outcome === 'inconclusive').map(found => found.code);
    expect(leaks).toEqual(expect.arrayContaining(codes));
    expect(await readdir(scratch)).toEqual([]);
  });
});
