import { join } from 'node:path';
import type { Client } from './client.ts';
import { unreadable } from './file-problem.ts';
import type { KnownPlans, ShelvedClient } from './known-plans.ts';
import { loadClient } from './load.ts';
import type { PlanFiles } from './plan-files.ts';
import type { Problem } from './plan.ts';
import { LONGEST_FILE } from './yaml.ts';

export const CLIENT_FILE = 'client.yaml';

/** Client files, each read once. */
export class ClientShelf {
  readonly #files: PlanFiles;
  readonly #known: KnownPlans;
  readonly #shelf = new Map<string, ShelvedClient>();
  constructor(files: PlanFiles, known: KnownPlans) {
    this.#files = files;
    this.#known = known;
  }

  async get(folder: string): Promise<ShelvedClient> {
    const file = join(folder, CLIENT_FILE);
    const shelved = this.#shelf.get(file) ?? (await this.#load(file));
    this.#shelf.set(file, shelved);
    return shelved;
  }

  async #load(file: string): Promise<ShelvedClient> {
    const { kind, stamp } = await this.#files.look(file);
    if (kind === 'missing') return { broken: false, problems: [] };
    return this.#known.client(file, stamp) ?? this.#known.keepClient(file, stamp, await this.#read(file));
  }

  async #read(file: string): Promise<ShelvedClient> {
    try {
      const { client, problems } = loadClient({ file, bytes: await this.#files.read(file, LONGEST_FILE + 1) });
      return client === undefined ? { broken: true, problems } : { client, broken: false, problems };
    } catch (error) {
      return { broken: true, problems: [unreadable(file, error)] };
    }
  }

  valid(): ReadonlyMap<string, Client> {
    return new Map([...this.#shelf].flatMap(([file, { client }]) => (client === undefined ? [] : [[file, client] as const])));
  }

  problems(): readonly Problem[] {
    return [...this.#shelf.values()].flatMap(shelved => shelved.problems);
  }
}
