import type { Client } from './client.ts';
import type { LoadedPlan } from './load.ts';
import type { Plan, Problem } from './plan.ts';

/** Everything that was read, and what was wrong with it. */
export interface LoadedPlans {
  /** One per plan file, in the order in which they were found. */
  readonly loaded: readonly LoadedPlan[];
  /** Plans without errors. */
  readonly plans: readonly Plan[];
  /** Clients by the path of their client.yaml; only those without errors. */
  readonly clients: ReadonlyMap<string, Client>;
  /** All of them: of plans, of client files, of paths. */
  readonly problems: readonly Problem[];
}

/** What came of one client.yaml. */
export interface ShelvedClient {
  readonly client?: Client;
  readonly broken: boolean;
  readonly problems: readonly Problem[];
}

interface Kept<T> {
  readonly stamp: string;
  readonly value: T;
}

/**
 * Files as they were read before: of a fleet of ten thousand plans only those are read again that were changed. A plan that stayed as it is is the
 * same object, and so is the whole fleet: whoever works something out of it need not do so again.
 */
export class KnownPlans {
  readonly #plans = new Map<string, Kept<LoadedPlan> & { readonly client: Client | undefined }>();
  readonly #clients = new Map<string, Kept<ShelvedClient>>();
  #last: LoadedPlans | undefined;

  /** Undefined: it must be read. A plan is also another one if its client is. */
  plan(file: string, stamp: string | undefined, client: Client | undefined): LoadedPlan | undefined {
    const kept = this.#plans.get(file);
    return kept?.stamp === stamp && kept?.client === client ? kept?.value : undefined;
  }

  keepPlan(loaded: LoadedPlan, stamp: string | undefined, client: Client | undefined): LoadedPlan {
    if (stamp === undefined) this.#plans.delete(loaded.file);
    else this.#plans.set(loaded.file, { stamp, client, value: loaded });
    return loaded;
  }

  client(file: string, stamp: string | undefined): ShelvedClient | undefined {
    const kept = this.#clients.get(file);
    return kept?.stamp === stamp ? kept?.value : undefined;
  }

  keepClient(file: string, stamp: string | undefined, shelved: ShelvedClient): ShelvedClient {
    if (stamp === undefined) this.#clients.delete(file);
    else this.#clients.set(file, { stamp, value: shelved });
    return shelved;
  }

  /** The fleet as it was given last if it is the same, else this one; what is no longer there is forgotten. */
  latest(now: LoadedPlans): LoadedPlans {
    if (this.#last !== undefined && isSame(this.#last, now)) return this.#last;
    const files = new Set(now.loaded.map(({ file }) => file));
    for (const file of this.#plans.keys()) if (!files.has(file)) this.#plans.delete(file);
    return (this.#last = now);
  }
}

function isSame(a: LoadedPlans, b: LoadedPlans): boolean {
  const lists = (name: 'loaded' | 'problems'): boolean =>
    a[name].length === b[name].length && a[name].every((one, at) => one === b[name][at]);
  const clients = a.clients.size === b.clients.size && [...a.clients].every(([file, client]) => b.clients.get(file) === client);
  return lists('loaded') && lists('problems') && clients;
}
