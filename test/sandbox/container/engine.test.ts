import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerSandbox } from '../../../src/sandbox/container/container.ts';
import type { ReadySandbox } from '../../../src/sandbox/sandbox.ts';
import { listProcesses, readProc } from '../../../src/system/proc.ts';
import { requestOf, shell } from '../../conformance/sandbox.ts';

/** What a runtime keeps of containers of this drill where it keeps those of this machine. */
async function states(drill: string): Promise<readonly string[]> {
  const runtimes = ['/run/runc', '/run/crun'];
  const folders = await Promise.all(
    runtimes.map(at =>
      readdir(at)
        .then(names => names.map(name => join(at, name)))
        .catch(() => []),
    ),
  );
  const files = folders.flat().flatMap(folder => [join(folder, 'state.json'), join(folder, 'status')]);
  const texts = await Promise.all(files.map(file => readFile(file, 'utf8').catch(() => '')));
  return files.filter((_, index) => texts[index]?.includes(drill));
}

/** How many of an engine's monitors bear the label, by which the reaper finds them. */
async function monitors(drill: string): Promise<number> {
  const all = await Promise.all(
    (await listProcesses()).map(async ({ pid }) => [await readProc(pid, 'comm'), await readProc(pid, 'environ')] as const),
  );
  return all.filter(([name, environment]) => name === 'conmon\n' && environment?.includes(`RESURGAM_DRILL=${drill}\0`)).length;
}

describe.runIf(process.getuid?.() === 0)('what an engine adds to a container', () => {
  let folder: string;
  let ready: ReadySandbox;
  beforeAll(async () => {
    folder = await mkdtemp('/tmp/rsg-engine-');
    ready = await containerSandbox({ scratch: join(folder, 'scratch') }).provision(requestOf(), new AbortController().signal);
  });
  afterAll(async () => {
    await ready.destroy();
    await rm(folder, { recursive: true, force: true });
  });

  test('its first program, of the same user, cannot be taken over by those that follow', async () => {
    const script = 'for own in self 1; do if (: >> /proc/$own/mem) 2> /dev/null; then echo $own; fi; done';

    const result = await shell(ready.jail, script);

    expect(result.stdout).toBe('self\n');
  });

  test('the runtime keeps its state in the sandbox, not on this machine, and what stays beside a container is found', async () => {
    const seen = await new Promise<unknown>((resolve, reject) => {
      const stdout = (): void => void Promise.all([states(ready.label), monitors(ready.label)]).then(resolve, reject);
      void ready.jail.spawn({ file: '/bin/sh', args: ['-c', 'echo up; sleep 60'], stdout }).catch(reject);
    });
    const destroyed = await ready.destroy();

    expect(seen).toEqual([[], 1]);
    expect(destroyed.verified).toBe(true);
    expect([await states(ready.label), await monitors(ready.label)]).toEqual([[], 0]);
  });
});
