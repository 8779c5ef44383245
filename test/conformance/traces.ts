import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { childrenOf, readProcess } from '../../src/system/proc.ts';

/** A folder that goes with the test. */
export interface Folder extends AsyncDisposable {
  readonly path: string;
}

export async function newFolder(): Promise<Folder> {
  const path = await mkdtemp('/tmp/rsg-tool-');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Everything of a tree that a reader must not change: names, kinds, modes, owners, sizes, dates and bytes. */
export async function treeAt(path: string, with_: { readonly dates: boolean } = { dates: true }): Promise<readonly string[]> {
  if (!existsSync(path)) return [];
  const names = (await lstat(path)).isDirectory() ? ['', ...(await readdir(path, { recursive: true })).sort()] : [''];
  return Promise.all(
    names.map(async name => {
      const file = join(path, name);
      const facts = await lstat(file);
      const bytes = facts.isFile() ? await readFile(file) : facts.isSymbolicLink() ? await readlink(file) : '';
      const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
      const dates = with_.dates ? [facts.mtimeMs, facts.uid, facts.mode] : [];
      return [name, facts.isDirectory() ? 'folder' : facts.size, digest, ...dates].join(' ');
    }),
  );
}

/** Our own children and theirs: pid and parent. */
export async function ownProcesses(): Promise<ReadonlyMap<number, number>> {
  const found = new Map<number, number>();
  const below = async (parent: number): Promise<void> => {
    for (const pid of await childrenOf(parent)) {
      if ((await readProcess(pid))?.state !== 'Z') found.set(pid, parent);
      await below(pid);
    }
  };
  await below(process.pid);
  return found;
}

/** How often to look. */
const LOOK_MS = 25;
/** A process that ended is still seen for a moment, on a busy machine a long one, and a holder of locks goes a second after the last of them. */
const GOING_MS = 20_000;

/** Programs that stay, and did not run before, but for those that an older one of ours started (a server's own). */
export async function startedSince(before: ReadonlyMap<number, number>): Promise<readonly number[]> {
  const until = performance.now() + GOING_MS;
  for (;;) {
    const found = await newSince(before);
    if (found.length === 0 || performance.now() > until) return found;
    await new Promise(resolve => setTimeout(resolve, LOOK_MS));
  }
}

async function newSince(before: ReadonlyMap<number, number>): Promise<readonly number[]> {
  const now = await ownProcesses();
  const isNew = (pid: number): boolean => {
    if (before.has(pid)) return false;
    const parent = now.get(pid);
    return parent === process.pid || parent === undefined || isNew(parent);
  };
  return [...now.keys()].filter(isNew);
}
