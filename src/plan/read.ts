import { basename, dirname, join } from 'node:path';
import { CLIENT_FILE, ClientShelf } from './client-shelf.ts';
import type { Client } from './client.ts';
import { problemOf, unreadable } from './file-problem.ts';
import { KnownPlans, type LoadedPlans } from './known-plans.ts';
import { hasError, loadPlan, type LoadedPlan } from './load.ts';
import { didYouMean } from './nearest.ts';
import { lintSystems } from './lint-systems.ts';
import type { Looked, PlanFiles } from './plan-files.ts';
import type { Plan, Problem } from './plan.ts';
import type { Vocabulary } from './vocabulary.ts';
import { LONGEST_FILE } from './yaml.ts';

export { KnownPlans, type LoadedPlans } from './known-plans.ts';
export type { PlanFiles } from './plan-files.ts';

/** Where plans come from and in which language they are written. */
export interface PlanLibrary {
  readonly files: PlanFiles;
  readonly vocabulary: Vocabulary;
  /** For whoever reads them again and again. */
  readonly known?: KnownPlans;
}

const DEEPEST = 8;
/** So many files of a folder are looked at at the same time. */
const AT_ONCE = 64;

/** Loads every plan below these files and folders. A plan's client is the client.yaml in its folder, if there is one. */
export async function loadPlans(paths: readonly string[], library: PlanLibrary): Promise<LoadedPlans> {
  const { known = new KnownPlans() } = library;
  const found = await findFiles(paths, library.files);
  const clients = new ClientShelf(library.files, known);
  const loaded: LoadedPlan[] = [];
  for (const [file, { stamp }] of found.files) loaded.push(await loadFile(file, stamp, { library, known, clients }));
  const checked = withoutTwins(loaded);
  for (const file of found.clientFiles) await clients.get(dirname(file));
  const plans = checked.flatMap(({ plan }) => (plan === undefined ? [] : [plan]));
  return known.latest({
    loaded: checked,
    plans,
    clients: clients.valid(),
    problems: [
      ...found.problems,
      ...clients.problems(),
      ...checked.flatMap(({ problems }) => problems),
      ...(found.whole
        ? lintSystems(plans, new Set(checked.flatMap(({ plan, name }) => (plan === undefined && name !== undefined ? [name] : []))))
        : []),
    ],
  });
}

/** One plan, by the path of its file or by its name among the plans of a folder. Problems of other plans are left out. */
export async function findPlan(
  nameOrFile: string,
  plansFolder: string,
  library: PlanLibrary,
): Promise<{ readonly plan?: Plan; readonly client?: Client; readonly problems: readonly Problem[] }> {
  const isFile = /\.ya?ml$|\//.test(nameOrFile) || (await library.files.look(nameOrFile)).kind === 'file';
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
  /** By path, in the order in which they were found. */
  readonly files: Map<string, Looked>;
  readonly clientFiles: Set<string>;
  readonly problems: Problem[];
  /** Only folders were named: what is not among these plans is nowhere. */
  whole: boolean;
}

/** Plan files below these paths, each once; a file that was named is taken whatever it is called. */
async function findFiles(paths: readonly string[], files: PlanFiles): Promise<Found> {
  const found: Found = { files: new Map(), clientFiles: new Set(), problems: [], whole: true };
  const count = (): number => found.files.size + found.clientFiles.size + found.problems.length;
  for (const path of paths) {
    const absolute = files.absolute(path);
    const looked = await files.look(absolute);
    const before = count();
    if (looked.kind !== 'folder') found.whole = false;
    if (looked.kind === 'file') take(absolute, looked, found);
    else if (looked.kind === 'folder') await walk(absolute, { files, found, depth: 0 });
    else if (looked.kind === 'missing') found.problems.push(problemOf(absolute, 'not there', 'Check the path, or set RESURGAM_PLANS.'));
    else found.problems.push(problemOf(absolute, 'expected a file or a folder that can be read', null));
    const nothing = looked.kind === 'folder' && count() === before;
    if (nothing)
      found.problems.push(problemOf(absolute, 'no plan in this folder', 'Run `resurgam init <folder of backups>` to have one written.'));
  }
  return found;
}

async function walk(folder: string, at: { readonly files: PlanFiles; readonly found: Found; readonly depth: number }): Promise<void> {
  if (at.depth > DEEPEST) return;
  try {
    const names = (await at.files.names(folder)).filter(name => !name.startsWith('.') && name !== 'node_modules');
    for (let from = 0; from < names.length; from += AT_ONCE) {
      const paths = names.slice(from, from + AT_ONCE).map(name => join(folder, name));
      const looked = await Promise.all(paths.map(async path => [path, await at.files.look(path)] as const));
      for (const [path, one] of looked) {
        if (one.kind === 'folder') await walk(path, { ...at, depth: at.depth + 1 });
        else if (one.kind === 'file' && /\.ya?ml$/.test(path)) take(path, one, at.found);
      }
    }
  } catch (error) {
    at.found.problems.push(unreadable(folder, error));
  }
}

function take(path: string, looked: Looked, found: Found): void {
  if (basename(path) === CLIENT_FILE) found.clientFiles.add(path);
  else if (!found.files.has(path)) found.files.set(path, looked);
}

interface Reading {
  readonly library: PlanLibrary;
  readonly known: KnownPlans;
  readonly clients: ClientShelf;
}

async function loadFile(file: string, stamp: string | undefined, { library, known, clients }: Reading): Promise<LoadedPlan> {
  try {
    const { client, broken } = await clients.get(dirname(file));
    const before = broken ? undefined : known.plan(file, stamp, client);
    if (before !== undefined) return before;
    const loaded = loadPlan({ file, bytes: await library.files.read(file, LONGEST_FILE + 1) }, library.vocabulary, client);
    if (!broken) return known.keepPlan(loaded, stamp, client);
    // What a client was promised is not known: with the defaults in its place the drill would be judged by another contract.
    return { file, name: loaded.name, problems: loaded.problems };
  } catch (error) {
    return { file, name: undefined, problems: [unreadable(file, error)] };
  }
}

/** Drills are recorded under the plan's name: two plans of one name (of one client) would become one history. */
function withoutTwins(loaded: readonly LoadedPlan[]): readonly LoadedPlan[] {
  const byName = new Map<string, LoadedPlan[]>();
  for (const one of loaded) if (one.name !== undefined) byName.set(one.name, [...(byName.get(one.name) ?? []), one]);
  return loaded.map(one => {
    const twin = one.name === undefined ? undefined : byName.get(one.name)?.find(other => other !== one);
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
  const hint =
    names.length === 0
      ? 'Run `resurgam init <folder of backups>` to have one written.'
      : `Name a plan file, or one of: ${names.join(', ')}.`;
  return problemOf(plansFolder, `no plan "${name}"${didYouMean(name, names)}`, hint);
}
