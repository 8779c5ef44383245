import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { compose } from '../../src/compose.ts';
import { ownOwner } from '../../src/system/owner.ts';
import { tidy } from '../../src/worker/tidy.ts';
import type { WorkerRun } from '../../src/worker/run.ts';

let home: string;
let said: string[];
beforeEach(async () => {
  home = await mkdtemp('/tmp/rsg-tidy-');
  said = [];
});
afterEach(() => rm(home, { recursive: true, force: true }));

function run(): WorkerRun {
  const app = compose({ env: { RESURGAM_HOME: home }, stop: new AbortController().signal });
  const setting = { say: (_level: string, line: string) => said.push(line) };
  return { app, setting, done: new Map<string, number>() } as unknown as WorkerRun;
}

async function sandbox(drill: string, startTime: string): Promise<void> {
  const folder = join(home, 'scratch', drill);
  await mkdir(folder, { recursive: true });
  const owner = { ...(await ownOwner()), ...(startTime === '' ? {} : { startTime }) };
  await writeFile(join(folder, 'sandbox.json'), JSON.stringify({ drill, owner, uid: null, cgroups: [] }));
  await writeFile(join(folder, 'restored'), 'rows of patients');
}

test('the sandbox of a killed process goes when a worker begins, though no drill is due; that of a living one stays', async () => {
  await sandbox('d-gone', '1');
  await sandbox('d-lives', '');

  await tidy(run());

  expect(await readdir(join(home, 'scratch'))).toEqual(['d-lives']);
  expect(said).toEqual(['removed what an interrupted drill left behind (d-gone)']);
});

test('what cannot be looked at does not end the worker', async () => {
  await writeFile(join(home, 'ledger'), 'no folder');

  await expect(tidy(run())).resolves.toBeUndefined();
});
