import type { App } from '../app.ts';
import type { Client } from '../plan/client.ts';
import type { Plan } from '../plan/plan.ts';
import { loadPlans, type LoadedPlans } from '../plan/read.ts';
import type { Ledger } from '../store/ledger.ts';
import { sharedLedger } from '../store/state/shared-ledger.ts';
import { exists } from '../system/files.ts';
import { join } from 'node:path';
import { CommandError, EXIT } from './exit.ts';

/** Every plan of the installation. */
export function readPlans(app: App): Promise<LoadedPlans> {
  return loadPlans([app.plansFolder], { files: app.planFiles, vocabulary: app.vocabulary });
}

/** What client.yaml says of a client; undefined if there is none. */
export function clientOf(read: LoadedPlans, client: string): Client | undefined {
  return [...read.clients.values()].find(one => one.client === client);
}

/** The plan of this name. Throws CommandError. */
export function planNamed(read: LoadedPlans, name: string): Plan {
  const plan = read.plans.find(one => one.plan === name);
  if (plan !== undefined) return plan;
  throw new CommandError(`no plan ${name}`, { exitCode: EXIT.usage, hint: 'See `resurgam check`: a plan with errors is not scheduled.' });
}

/** The ledger of a client if it has begun: looking never begins one. */
export async function ledgerIfAny(app: LedgerPlace, client: string): Promise<Ledger | undefined> {
  const isHere = await exists(join(app.homePath, 'ledger', client));
  if (!isHere && !(await isShared(app, client))) return undefined;
  return app.ledger({ client, domain: 'resurgam.local', timeZone: 'UTC' });
}

type LedgerPlace = Pick<App, 'homePath' | 'ledger' | 'sharesLedgers' | 'state'>;

/** Another machine may have begun it. */
async function isShared({ sharesLedgers, state }: LedgerPlace, client: string): Promise<boolean> {
  if (!sharesLedgers) return false;
  return (await sharedLedger(state, client).end(0)).size > 0;
}
