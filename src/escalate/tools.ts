import type { Channel } from '../escalation/channel.ts';
import type { Rules } from '../escalation/matter.ts';
import { defaultClient, type Client } from '../plan/client.ts';
import type { Plan, SecretReference } from '../plan/plan.ts';
import type { LoadedPlans } from '../plan/read.ts';
import type { Ledger } from '../store/ledger.ts';
import type { State } from '../store/state/state.ts';

/** The plans and clients as they are in force now. */
export interface Fleet {
  readonly plans: readonly Plan[];
  /** By name. */
  readonly clients: ReadonlyMap<string, Client>;
}

/** Everything that calling people touches, handed in. */
export interface EscalateTools {
  readonly state: State;
  readonly fleet: Fleet;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly worker: string;
  /** Where people reach the pages of this installation: `https://resurgam.example`. `null`: messages carry no link. */
  readonly publicUrl: string | null;
  /** The ledger of a client, opened. */
  ledger(client: string): Promise<Ledger>;
  secret(reference: SecretReference): Promise<string>;
  now(): string;
  /** For a log: what could not be done, in words that are not evidence. */
  explain(message: string): void;
}

const fleets = new WeakMap<object, Fleet>();

/** What was read, by name; sorted once. */
export function fleetOf(read: Pick<LoadedPlans, 'plans' | 'clients'>): Fleet {
  const { plans, clients } = read;
  const fleet = fleets.get(read) ?? { plans, clients: new Map([...clients.values()].map(client => [client.client, client])) };
  fleets.set(read, fleet);
  return fleet;
}

/** A client of whom nothing is written down has the defaults. */
export function clientNamed(fleet: Fleet, name: string): Client {
  return fleet.clients.get(name) ?? defaultClient(name);
}

/** Whose rules hold for a matter. */
export function rulesOf(fleet: Fleet, of: { readonly client: string; readonly plan: string | null }): Rules {
  return {
    client: clientNamed(fleet, of.client),
    plan: fleet.plans.find(plan => plan.client === of.client && plan.plan === of.plan),
  };
}
