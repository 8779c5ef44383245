import { join } from 'node:path';
import { isCode, lstat, readdir } from './files.ts';

/** One entry of a tree as something lists it. */
export interface ListedEntry {
  /** Below the tree's root, without a slash in front. */
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link' | 'other';
  /** Of a file; `null` where it is not said. */
  readonly size: number | null;
  /** The path is not as it is on the disk: it is no text. */
  readonly unnamed: boolean;
}

export interface ComparedTree {
  readonly entries: number;
  readonly files: number;
  readonly bytes: number;
  /** Not there, or of another type or size. */
  readonly different: number;
  /** Could not be looked at: the path is no text, or the folder above forbids it. */
  readonly unseen: number;
}

/** Looks up listed entries in a tree, one after the other, by name, type and size; follows no link, keeps none: a listing may be long. */
export class TreeComparison {
  readonly #root: string;
  readonly #sum = { entries: 0, files: 0, bytes: 0, different: 0, unseen: 0 };

  constructor(root: string) {
    this.#root = root;
  }

  async take(entry: ListedEntry): Promise<void> {
    this.#sum.entries += 1;
    if (entry.type === 'file') this.#sum.files += 1;
    this.#sum.bytes += entry.size ?? 0;
    const seen = entry.unnamed ? 'unseen' : await lookUp(this.#root, entry);
    if (seen !== 'same') this.#sum[seen] += 1;
  }

  /** The result: entries that are there and were not listed differ too, unless a closed folder forbids to count them. */
  async end(stop: AbortSignal): Promise<ComparedTree> {
    const { count, closed } = await countEntries(this.#root, stop);
    const apart = closed > 0 ? 0 : Math.abs(count - this.#sum.entries);
    return { ...this.#sum, different: Math.max(this.#sum.different, apart) };
  }
}

async function lookUp(root: string, { path, type, size }: ListedEntry): Promise<'same' | 'different' | 'unseen'> {
  try {
    const facts = await lstat(join(root, path));
    const found = facts.isFile() ? 'file' : facts.isDirectory() ? 'folder' : facts.isSymbolicLink() ? 'link' : 'other';
    return found === type && (type !== 'file' || size === null || facts.size === size) ? 'same' : 'different';
  } catch (error) {
    if (isCode(error, 'EACCES')) return 'unseen';
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP'].some(code => isCode(error, code))) return 'different';
    throw error;
  }
}

/** Everything below a folder, links not followed. */
async function countEntries(folder: string, stop: AbortSignal): Promise<{ readonly count: number; readonly closed: number }> {
  let count = 0;
  let closed = 0;
  // Names need not be text.
  const waiting: Buffer[] = [Buffer.from(folder)];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    stop.throwIfAborted();
    const entries = await entriesOf(next);
    if (entries === undefined) closed += 1;
    for (const entry of entries ?? []) {
      count += 1;
      if (entry.isDirectory()) waiting.push(Buffer.concat([next, Buffer.from('/'), entry.name]));
    }
  }
  return { count, closed };
}

async function entriesOf(folder: Buffer): Promise<readonly { readonly name: Buffer; isDirectory(): boolean }[] | undefined> {
  try {
    return await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
  } catch (error) {
    if (isCode(error, 'EACCES')) return undefined;
    throw error;
  }
}
