import type { Stats } from 'node:fs';
import { posix } from 'node:path';
import { readlink, stat } from '../../system/files.ts';
import { rawPath, type Walked } from '../../system/walk.ts';
import type { SaidAs } from './said.ts';

const BLOCK_BYTES = 512;
/** Folders are told apart down to here, and at most so many of them. */
const DEEPEST = 2;
const MOST_FOLDERS = 400;
/** Number of folders that are counted before the smallest are let go. */
const WIDEST = 20_000;

type Totals = { -readonly [K in keyof SaidAs<'totals'>]: SaidAs<'totals'>[K] };
export type FolderSum = Omit<SaidAs<'folder'>, 'is'>;

/** Counts a tree while it is walked. */
export class Tally {
  readonly totals: Totals = {
    ...({ is: 'totals', files: 0, bytes: 0, allocated: 0, sparse: 0, folders: 0, links: 0, dangling: 0, leadOut: 0 } as const),
    ...{ special: 0, unreadable: 0, executable: 0, open: 0, lending: 0, owners: 0, attributed: null },
  };
  readonly #root: string;
  readonly #owners = new Set<number>();
  readonly #names = new Set<string>();
  readonly #folders = new Map<string, { files: number; bytes: number }>();

  constructor(root: string) {
    this.#root = root;
  }

  /** True for a regular file. */
  async add({ path, facts }: Walked): Promise<boolean> {
    if (facts === undefined) this.totals.unreadable += 1;
    else if (facts.isDirectory()) this.totals.folders += 1;
    else if (facts.isSymbolicLink()) await this.#link(path);
    else if (!facts.isFile()) this.totals.special += 1;
    else this.#file(path, facts);
    if (facts !== undefined) this.totals.owners = this.#owners.add(facts.uid).size;
    return facts?.isFile() === true;
  }

  /** The largest folders, as far as they are told apart. */
  folders(): readonly FolderSum[] {
    const sums = [...this.#folders].map(([path, sum]) => ({ path, ...sum }));
    return sums.sort((a, b) => b.files - a.files || (a.path < b.path ? -1 : 1)).slice(0, MOST_FOLDERS);
  }

  #file(path: string, facts: Stats): void {
    const { totals } = this;
    totals.files += 1;
    totals.bytes += facts.size;
    // A file with several names takes its place on disk once.
    const name = `${facts.dev}:${facts.ino}`;
    const first = facts.nlink === 1 || (this.#names.size < WIDEST && !this.#names.has(name));
    if (facts.nlink > 1 && this.#names.size < WIDEST) this.#names.add(name);
    if (first) totals.allocated += facts.blocks * BLOCK_BYTES;
    if (facts.blocks * BLOCK_BYTES + BLOCK_BYTES * 8 < facts.size) totals.sparse += 1;
    if ((facts.mode & 0o111) !== 0) totals.executable += 1;
    if ((facts.mode & 0o002) !== 0) totals.open += 1;
    if ((facts.mode & 0o6000) !== 0) totals.lending += 1;
    const folder = path.split('/').slice(0, -1).slice(0, DEEPEST).join('/');
    const sum = this.#folders.get(folder) ?? { files: 0, bytes: 0 };
    if (this.#folders.size < WIDEST || this.#folders.has(folder))
      this.#folders.set(folder, { files: sum.files + 1, bytes: sum.bytes + facts.size });
  }

  /** Where a link leads is looked at by its text first: a link out of the tree is never followed. */
  async #link(path: string): Promise<void> {
    this.totals.links += 1;
    const target = await readlink(rawPath(this.#root, path), 'latin1').catch(() => '');
    const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    const end = target.startsWith('/') ? '..' : posix.normalize(posix.join(folder, target));
    if (end === '..' || end.startsWith('../')) this.totals.leadOut += 1;
    else if ((await stat(rawPath(this.#root, path)).catch(() => undefined)) === undefined) this.totals.dangling += 1;
  }
}
