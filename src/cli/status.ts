import type { App } from '../app.ts';
import { loadPlans } from '../plan/read.ts';
import { statusOf, type Status } from '../status/status.ts';
import { indexLedger } from '../store/state/drills.ts';
import { readOverview } from '../store/state/overview.ts';
import { listPlans, planRow, type PlanRow } from '../store/state/plans.ts';
import type { State } from '../store/state/state.ts';
import { silentWorkers, workers } from '../store/state/workers.ts';
import { ledgerIfAny } from './client-plans.ts';
import type { RegisterCommand } from './commands.ts';
import { EXIT } from './exit.ts';
import { statusText } from './status-text.ts';
import { terminalOf } from './terminal.ts';

/** Where nobody says how many lines the screen has. */
const ROWS = 40;

/** `resurgam status`: every system on one screen, worst first. */
export const statusCommand: RegisterCommand = (program, { app, exit }) => {
  program
    .command('status')
    .description('one screen: how it stands with every system, what is due, who has been called')
    .option('--all', 'every system, however many there are')
    .option('--json', 'one JSON object for machines')
    .action(async (options: { readonly all?: boolean; readonly json?: boolean }) => {
      const state = await app.state();
      const status = await readStatus(app, state);
      exit(EXIT.passed);
      if (options.json === true) return void process.stdout.write(`${JSON.stringify(status, null, 2)}\n`);
      const rows = process.stdout.isTTY ? process.stdout.rows : ROWS;
      process.stdout.write(statusText(status, { terminal: terminalOf(process.stdout, process.env), rows, all: options.all === true }));
    });
};

type Looking = Pick<App, 'now' | 'plansFolder' | 'planFiles' | 'vocabulary' | 'homePath' | 'ledger' | 'sharesLedgers' | 'state'>;

/** How it stands now. */
export async function readStatus(app: Looking, state: State): Promise<Status> {
  const plans = await plansNow(app, state);
  return statusOf({ now: app.now(), plans, overview: await readOverview(state, plans), shared: app.sharesLedgers });
}

/** Drills by hand are in the ledger alone until somebody looks. */
async function indexClient(app: Looking, state: State, client: string): Promise<void> {
  const ledger = await ledgerIfAny(app, client);
  if (ledger !== undefined) await indexLedger(ledger, state);
}

/** A worker that is alive keeps the plans in the state up to date; without one the files are read, which takes long for many. */
async function plansNow(app: Looking, state: State): Promise<readonly PlanRow[]> {
  const rows = (await workers(state)).filter(row => row.state !== 'stopped');
  if (rows.length > silentWorkers(rows, app.now()).length) {
    const kept = await state.all(listPlans);
    if (kept.length > 0) return kept;
  }
  const { plans } = await loadPlans([app.plansFolder], { files: app.planFiles, vocabulary: app.vocabulary });
  for (const client of new Set(plans.map(plan => plan.client))) await indexClient(app, state, client);
  return plans.map(planRow);
}
