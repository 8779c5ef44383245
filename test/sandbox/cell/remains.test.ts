import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lookForRemains, removeRemains, type Traces } from '../../../src/sandbox/cell/remains.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp('/tmp/rsg-remains-');
});
afterEach(() => rm(place, { recursive: true, force: true }));

/** What a sandbox leaves; its group is a folder like any other, and busy while something is in it. */
async function left(): Promise<Traces> {
  const traces = {
    drill: 'd-left',
    folder: join(place, 'd-left'),
    outside: join(place, 'outside'),
    uid: null,
    cgroups: [join(place, 'group')],
  };
  await mkdir(join(traces.folder, 'data'), { recursive: true });
  await writeFile(join(traces.folder, 'data', 'rows'), 'rows of patients');
  await writeFile(join(traces.folder, 'sandbox.json'), '{}');
  await writeFile(traces.outside, 'planted');
  await mkdir(join(place, 'group'));
  return traces;
}

test('nothing remains of a sandbox', async () => {
  const traces = await left();

  await removeRemains(traces);

  expect(await readdir(place)).toEqual([]);
  expect(await lookForRemains(traces)).toEqual({ pids: [], mounts: [], bytes: 0 });
});

test('while a group of a sandbox cannot be removed its marker stays, without the data, so that the reaper finds the group again', async () => {
  const traces = await left();
  await writeFile(join(place, 'group', 'busy'), '');

  await removeRemains(traces);

  expect(await readdir(traces.folder)).toEqual(['sandbox.json']);
  expect((await lookForRemains(traces)).bytes).toBeGreaterThan(0);

  await rm(join(place, 'group', 'busy'));
  await removeRemains(traces);

  expect(await readdir(place)).toEqual([]);
});
