import { Command } from 'commander';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { App } from '../../src/app.ts';
import { capacityCommand } from '../../src/cli/capacity.ts';
import type { RegisterCommand } from '../../src/cli/commands.ts';
import { drillCommand } from '../../src/cli/drill.ts';
import { clientOf, readPlans } from '../../src/cli/client-plans.ts';
import { scheduleCommand } from '../../src/cli/schedule.ts';
import { reconciliationText } from '../../src/cli/schedule-text.ts';
import { skipCommand } from '../../src/cli/skip.ts';
import { plansOf } from '../../src/schedule/period.ts';
import { writeSchedules } from '../../src/store/occurrences.ts';
import { planFiles } from '../../src/system/plan-files.ts';
import { openHome } from '../../src/store/home.ts';
import { openLedger } from '../../src/store/ledger.ts';
import { CLIENT, FIVE_LINES, vocabulary } from '../plan/vocabulary.ts';

const plain = { colour: false, columns: 100, unicode: true };
let folder: string;
let now: string;
let app: App;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resurgam-schedule-'));
  now = '2026-10-30T15:00:00.000Z';
  await mkdir(join(folder, 'plans'));
  await writeFile(join(folder, 'plans/client.yaml'), CLIENT);
  await writeFile(join(folder, 'plans/ehr.yaml'), FIVE_LINES);
  app = appIn(folder);
  const ledger = await app.ledger({ client: 'lakeside', domain: 'resurgam.example', timeZone: 'UTC' });
  await writeSchedules(ledger, plansOf(await readPlans(app), 'lakeside'), now);
  await ledger.checkpoint();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What these commands use of the product, over a folder of the test and a clock that it turns. */
function appIn(path: string): App {
  const home = join(path, 'home');
  const product = { name: 'resurgam', version: '0.1.0' };
  const parts: Partial<App> = {
    homePath: home,
    plansFolder: join(path, 'plans'),
    planFiles,
    vocabulary,
    worker: 'worker-1',
    env: {},
    stop: new AbortController().signal,
    now: () => now,
    home: () => openHome(home),
    reap: () => Promise.resolve([]),
    ledger: async ({ client, domain, timeZone }) =>
      openLedger(await openHome(home), client, { origin: `${domain}/${client}`, timeZone, product, now: () => now }),
  };
  return parts as App;
}

async function run(
  register: RegisterCommand,
  args: readonly string[],
): Promise<{ readonly code: number | undefined; readonly text: string }> {
  let code: number | undefined;
  const said: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation(text => said.push(String(text)) > 0);
  try {
    const program = new Command().exitOverride();
    register(program, { app, exit: exitCode => (code = exitCode) });
    await program.parseAsync(['node', 'resurgam', ...args]);
  } finally {
    spy.mockRestore();
  }
  return { code, text: said.join('') };
}

describe('resurgam schedule', () => {
  test('says in the client’s time what is due, and adds up', async () => {
    const { code, text } = await run(scheduleCommand, ['schedule', '--days', '10']);

    expect(code).toBe(0);
    expect(text).toContain('lakeside (America/Chicago)\nSun 2026-11-01 02:00 CST  lakeside-ehr  pending\nSun 2026-11-08 02:00 CST');
    expect(text).toContain('scheduled 2 = passed 0 + objective-missed 0 + failed 0');
    expect(text.replaceAll('\n', ' ')).toContain('missed 0 + running 0 + pending 2');
  });

  test('refuses figures that do not add up', async () => {
    now = '2026-11-02T00:00:00.000Z'; // nobody ended what was due on the first

    const { code, text } = await run(scheduleCommand, ['schedule', '--json']);

    const { clients } = JSON.parse(text) as { clients: { reconciliation: Parameters<typeof reconciliationText>[0] }[] };
    const figures = clients[0]?.reconciliation;
    expect(code).toBe(3);
    expect(figures).toMatchObject({ scheduled: 2, whole: false, endings: { open: 1, pending: 1 } });
    expect(figures && reconciliationText(figures, plain).join(' ')).toMatch(/^The figures do not add up: of 2 scheduled drills 1 /);
  });
});

describe('resurgam skip', () => {
  test('calls off the next drill in the name of a contact', async () => {
    const { text } = await run(skipCommand, ['skip', 'lakeside-ehr', '--reason', 'upgrade', '--by', 'it-director']);
    const schedule = await run(scheduleCommand, ['schedule']);

    expect(text).toBe('skipped lakeside-ehr/drill@2026-11-01T08:00:00Z, due Sun 2026-11-01 02:00 CST: approved by it-director\n');
    expect(schedule.text).toContain('Sun 2026-11-01 02:00 CST  lakeside-ehr  skipped');
  });

  test.each([
    [['--by', 'nobody'], 'nobody is no contact of the client'],
    [['--by', 'it-director', '--at', '2026-11-02T08:00:00Z'], 'nothing is open that is due at'],
  ])('refuses %s', async (args, message) => {
    await expect(run(skipCommand, ['skip', 'lakeside-ehr', '--reason', 'upgrade', ...args])).rejects.toThrow(message);
  });
});

test.each([
  ['lakeside-ehr/drill@2026-11-01T08:00:00Z', 'it is not due before 2026-11-01T08:00:00.000Z'],
  ['lakeside-ehr/drill@2020-01-01T08:00:00Z', 'no such occurrence is open'],
  ['lakeside-ehr', 'no occurrence of a drill'],
])('resurgam drill --occurrence refuses %s', async (occurrence, message) => {
  await expect(run(drillCommand, ['drill', '--occurrence', occurrence, '--quiet'])).rejects.toThrow(message);
});

describe('resurgam capacity', () => {
  test('says whether the fleet fits, and what was guessed', async () => {
    const { code, text } = await run(capacityCommand, ['capacity']);

    expect(code).toBe(0);
    expect(text).toContain('fits 1 worker, busy 0 % of the time; at least 1 worker needed');
    expect(text).toContain('Estimated: lakeside-ehr had no drill yet; 30 min was assumed for each.');
  });

  test('says how many workers it takes', async () => {
    for (let index = 0; index < 40; index += 1) {
      await writeFile(join(folder, `plans/p${index}.yaml`), FIVE_LINES.replace('lakeside-ehr', `lakeside-p${index}`));
    }

    const { code, text } = await run(capacityCommand, ['capacity']);
    const enough = await run(capacityCommand, ['capacity', '--workers', '4', '--json']);

    expect(code).toBe(3);
    expect(text).toMatch(/does not fit 1 worker: needs 4 workers/);
    expect(enough.code).toBe(0);
    expect(JSON.parse(enough.text)).toMatchObject({ workers: 4, sites: [{ plans: 41, drills: 41, fits: true }] });
  });
});

test('the contacts of a client are found by its name', async () => {
  expect(clientOf(await readPlans(app), 'lakeside')?.name).toBe('Lakeside Family Clinic');
  expect(clientOf(await readPlans(app), 'riverside')).toBeUndefined();
});
