import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStatus } from '../../src/cli/status.ts';
import { compose } from '../../src/compose.ts';
import { keepPlans } from '../../src/store/state/plans.ts';
import { beat } from '../../src/store/state/workers.ts';
import { testState, type TestState } from '../fixtures/state.ts';
import { NOW, planned, worker } from '../status/rows.ts';

let at: TestState;
let plansFolder: string;
beforeEach(async () => {
  at = await testState();
  plansFolder = await mkdtemp(join(tmpdir(), 'resurgam-status-'));
  await mkdir(join(plansFolder, 'lakeside'));
  const plan = 'plan: from-file\nclient: lakeside\ncomponents:\n  database:\n    backup: { tool: pg-dump, from: /srv/backups }\n';
  await writeFile(join(plansFolder, 'lakeside', 'ehr.yaml'), plan);
  await at.state.all(tx => keepPlans(tx, [planned('from-worker')], { now: NOW, sites: null }));
});
afterEach(async () => {
  await at[Symbol.asyncDispose]();
  await rm(plansFolder, { recursive: true, force: true });
});

test.each([
  { what: 'a worker that is heard says which plans there are', heard: 0.001, plan: 'from-worker' },
  { what: 'what a silent worker said may be old: the files are read', heard: 1, plan: 'from-file' },
  { what: 'without a worker the files are read', heard: undefined, plan: 'from-file' },
])('$what', async ({ heard, plan }) => {
  if (heard !== undefined) await beat(at.state, worker('a', heard));
  const { vocabulary, planFiles } = compose({ env: {}, stop: new AbortController().signal });

  const status = await readStatus({ now: () => NOW, plansFolder, vocabulary, planFiles }, at.state);

  expect(status.systems.map(system => [system.plan, system.standing])).toEqual([[plan, 'never-drilled']]);
});
