import { basename, dirname, join } from 'node:path';
import type { Client } from './client.ts';
import { hasError, loadClient, loadPlan, type LoadedPlan } from './load.ts';
import { nearest } from './nearest.ts';
import type { Plan, Problem } from './plan.ts';
import type { Vocabulary } from './vocabulary.ts';
import { LONGEST_FILE } from './yaml.ts';

/** How plans are found on a disk (or in a test). Paths that it is given may be relative; it says what they are absolutely. */
export interface PlanFiles {
  absolute(path: string): string;
  /** What stands there, links followed. */
  look(path: string): Promise<'file' | 'folder' | 'missing' | 'other'>;
  /** Names of what a folder holds, sorted. Rejects with an error whose `code` says why (`EACCES`). */
  names(folder: string): Promise<readonly string[]>;
  /** At most `limit` bytes. Rejects like `names`. */
  read(file: string, limit: number): Promise<Uint8Array>;
}

/** Where plans come from and in which language they are written. */
export interface PlanLibrary {
  readonly files: PlanFiles;
  readonly vocabulary: Vocabulary;
}

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

const DEEPEST = 8;
const CLIENT_FILE = 'client.yaml';

/** Loads every plan below these files and folders. A plan's client is the client.yaml in its folder, if there is one. */
export async function loadPlans(paths: readonly string[], library: PlanLibrary): Promise<LoadedPlans> {
  const found = await findFiles(paths, library.files);
  const clients = new ClientShelf(library.files);
  const loaded: LoadedPlan[] = [];
  for (const file of found.files) loaded.push(await loadFile(file, library, clients));
  const checked = withoutTwins(loaded);
  for (const file of found.clientFiles) await clients.get(dirname(file));
  return {
    loaded: checked,
    plans: checked.flatMap(({ plan }) => (plan === undefined ? [] : [plan])),
    clients: clients.valid(),
    problems: [...found.problems, ...clients.problems(), ...checked.flatMap(({ problems }) => problems)],
  };
}

/** One plan, by the path of its file or by its name among the plans of a folder. Problems of other plans are left out. */
export async function findPlan(
  nameOrFile: string,
  plansFolder: string,
  library: PlanLibrary,
): Promise<{ readonly plan?: Plan; readonly client?: Client; readonly problems: readonly Problem[] }> {
  const isFile = /\.ya?ml$|\//.test(nameOrFile) || (await library.files.look(nameOrFile)) === 'file';
  const all = await loadPlans([isFile ? nameOrFile : plansFolder], library);
  const wanted = isFile ? all.loaded : all.loaded.filter(one => one.name === nameOrFile);
  const [only] = wanted;
  if (only === undefined) {
    if (isFile && all.problems.length > 0) return { problems: all.problems };
    return { problems: [notThere(nameOrFile, plansFolder, all.loaded)] };
  }
  if (wanted.length > 1 && isFile)
    return { problems: [problemOf(nameOrFile, `expected one plan, found ${wanted.length}`, 'Name one of the files.')] };
  const clientFile = join(dirname(only.file), CLIENT_FILE);
  const client = all.clients.get(clientFile);
  const problems = [...all.problems.filter(problem => problem.file === clientFile), ...wanted.flatMap(one => one.problems)];
  if (only.plan === undefined || hasError(problems)) return { problems };
  return { plan: only.plan, ...(client === undefined ? {} : { client }), problems };
}

interface Found {
  readonly files: string[];
  readonly clientFiles: string[];
  readonly problems: Problem[];
}

/** Plan files below these paths, each once; a file that was named is taken whatever it is called. */
async function findFiles(paths: readonly string[], files: PlanFiles): Promise<Found> {
  const found: Found = { files: [], clientFiles: [], problems: [] };
  for (const path of paths) {
    const absolute = files.absolute(path);
    const kind = await files.look(absolute);
    const before = found.files.length + found.clientFiles.length + found.problems.length;
    if (kind === 'file') take(absolute, found);
    else if (kind === 'folder') await walk(absolute, { files, found, depth: 0 });
    else if (kind === 'missing') found.problems.push(problemOf(absolute, 'not there', 'Check the path, or set RESURGAM_PLANS.'));
    else found.problems.push(problemOf(absolute, 'expected a file or a folder that can be read', null));
    const nothing = kind === 'folder' && found.files.length + found.clientFiles.length + found.problems.length === before;
    if (nothing)
      found.problems.push(problemOf(absolute, 'no plan in this folder', 'Run `resurgam init <folder of backups>` to have one written.'));
  }
  return found;
}

async function walk(folder: string, at: { readonly files: PlanFiles; readonly found: Found; readonly depth: number }): Promise<void> {
  if (at.depth > DEEPEST) return;
  try {
    for (const name of await at.files.names(folder)) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      const path = join(folder, name);
      const kind = await at.files.look(path);
      if (kind === 'folder') await walk(path, { ...at, depth: at.depth + 1 });
      else if (kind === 'file' && /\.ya?ml$/.test(name)) take(path, at.found);
    }
  } catch (error) {
    at.found.problems.push(unreadable(folder, error));
  }
}

function take(path: string, found: Found): void {
  const list = basename(path) === CLIENT_FILE ? found.clientFiles : found.files;
  if (!list.includes(path)) list.push(path);
}

async function loadFile(file: string, library: PlanLibrary, clients: ClientShelf): Promise<LoadedPlan> {
  try {
    const bytes = await library.files.read(file, LONGEST_FILE + 1);
    const shelved = await clients.get(dirname(file));
    const loaded = loadPlan({ file, bytes }, library.vocabulary, shelved.client);
    if (!shelved.broken) return loaded;
    // What a client was promised is not known: with the defaults in its place the drill would be judged by another contract.
    return { file, name: loaded.name, problems: loaded.problems };
  } catch (error) {
    return { file, name: undefined, problems: [unreadable(file, error)] };
  }
}

interface Shelved {
  readonly client?: Client;
  readonly broken: boolean;
  readonly problems: readonly Problem[];
}

/** Client files, each read once. */
class ClientShelf {
  readonly #files: PlanFiles;
  readonly #shelf = new Map<string, Shelved>();
  constructor(files: PlanFiles) {
    this.#files = files;
  }

  async get(folder: string): Promise<Shelved> {
    const file = join(folder, CLIENT_FILE);
    const shelved = this.#shelf.get(file) ?? (await this.#load(file));
    this.#shelf.set(file, shelved);
    return shelved;
  }

  async #load(file: string): Promise<Shelved> {
    if ((await this.#files.look(file)) === 'missing') return { broken: false, problems: [] };
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

/** Drills are recorded under the plan's name: two plans of one name (of one client) would become one history. */
function withoutTwins(loaded: readonly LoadedPlan[]): readonly LoadedPlan[] {
  return loaded.map(one => {
    const twin = loaded.find(other => other !== one && other.name === one.name && other.name !== undefined);
    if (twin === undefined) return one;
    const problem = problemOf(
      one.file,
      `a second plan of the name "${one.name ?? ''}": the other is ${twin.file}`,
      'Give each plan its own name.',
    );
    return { file: one.file, name: one.name, problems: [{ ...problem, path: 'plan' }, ...one.problems] };
  });
}

function notThere(name: string, plansFolder: string, loaded: readonly LoadedPlan[]): Problem {
  const names = loaded.flatMap(one => one.name ?? []);
  const meant = nearest(name, names);
  const hint =
    names.length === 0
      ? 'Run `resurgam init <folder of backups>` to have one written.'
      : `Name a plan file, or one of: ${names.join(', ')}.`;
  return problemOf(plansFolder, `no plan "${name}"${meant === undefined ? '' : `, did you mean "${meant}"?`}`, hint);
}

function problemOf(file: string, message: string, hint: string | null): Problem {
  return { severity: 'error', file, line: 1, column: 1, path: '', message, hint };
}

function unreadable(file: string, error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return problemOf(file, `could not be read (${code})`, code === 'EACCES' ? 'Allow this user to read it.' : null);
}
