import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStatus } from '../../src/cli/status.ts';
import { compose } from '../../src/compose.ts';
import { recordDrill } from '../../src/store/drills.ts';
import { keepPlans } from '../../src/store/state/plans.ts';
import { beat } from '../../src/store/state/workers.ts';
import { sampleRecord } from '../evidence/fixtures.ts';
import { drilled } from '../evidence/scenario.ts';
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

/** As compose makes it, with a home of its own. */
function app(): Parameters<typeof readStatus>[0] {
  const made = compose({ env: { RESURGAM_HOME: join(plansFolder, 'home') }, stop: new AbortController().signal });
  return { ...made, now: () => NOW, plansFolder };
}

test('a drill by hand is seen without any worker', async () => {
  const ledger = await app().ledger({ client: 'lakeside', domain: 'x.example', timeZone: 'UTC' });
  await ledger.append(drilled({ drill: 'd-1', day: '2026-11-01', hour: '08', verdict: 'passed' })[0].entry);
  const record = sampleRecord({ drill: 'd-1', plan: 'from-file', verdict: 'failed', reasons: ['restore.truncated'] });
  await recordDrill(ledger, record, { plan: undefined, facts: {}, worker: 'worker-1' });

  const status = await readStatus(app(), at.state);

  expect(status.systems.map(system => [system.plan, system.standing])).toEqual([['from-file', 'failed']]);
});

test.each([
  { what: 'a worker that is heard says which plans there are', heard: 0.001, plan: 'from-worker' },
  { what: 'what a silent worker said may be old: the files are read', heard: 1, plan: 'from-file' },
  { what: 'without a worker the files are read', heard: undefined, plan: 'from-file' },
])('$what', async ({ heard, plan }) => {
  if (heard !== undefined) await beat(at.state, worker('a', heard));

  const status = await readStatus(app(), at.state);

  expect(status.systems.map(system => [system.plan, system.standing])).toEqual([[plan, 'never-drilled']]);
});
