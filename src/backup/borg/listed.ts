import type { ListedEntry } from '../../system/compare-tree.ts';
import { lineByLine } from '../../system/line-by-line.ts';
import type { Extent } from '../snapshot.ts';
import { isDamage } from './archives.ts';
import { failureOf } from './failure.ts';
import { repositoryOf, startBorg, type Repository } from './run.ts';

/** What an archive says of what is in it. */
export interface Listed extends Extent {
  readonly files: number;
  readonly devices: number;
  /** Files whose content was lost and "repaired" with zeros. */
  readonly zeroed: number;
  /** Of the folders that were asked for: those that it holds nothing of. */
  readonly missing: number;
}

/** Reads the listing of an archive to its end. Undefined: its bytes are bad. Throws BackupError. */
export async function readListing(
  {
    at,
    archive,
    paths = [],
    take = () => Promise.resolve(),
  }: {
    readonly at: Repository;
    readonly archive: string;
    readonly paths?: readonly string[];
    readonly take?: (entry: ListedEntry) => Promise<void>;
  },
  stop: AbortSignal,
): Promise<Listed | undefined> {
  const sum = { bytes: 0, entries: 0, files: 0, devices: 0, zeroed: 0 };
  const wanted = new Set(paths.map(path => path.replace(/^\/+/, '')));
  const sink = lineByLine(async line => {
    const item = JSON.parse(line) as Item;
    if (item.path === undefined) return;
    sum.entries += 1;
    if (item.type === '-' || item.type === 'h') sum.files += 1;
    if (item.type === 'b' || item.type === 'c') sum.devices += 1;
    if (item.healthy === false) sum.zeroed += 1;
    sum.bytes += item.type === '-' ? (item.size ?? 0) : 0;
    for (const path of wanted) if (isWithin(item.path, path)) wanted.delete(path);
    // `borg create … .` lists the folder itself, which is there before anything is extracted.
    if (item.type !== 'b' && item.type !== 'c' && item.path !== '.') await take(entryOf(item, item.path));
  });
  const args = ['list', '--json-lines', `${repositoryOf(at.access)}::${archive}`];
  const ran = await startBorg(at, { args, stdout: sink.chunk }, stop).ended;
  if (ran.exitCode === 2 && isDamage(ran.stderr)) return undefined;
  const failure = failureOf(ran, 'listing an archive');
  if (failure !== undefined) throw failure;
  await sink.end();
  return { ...sum, missing: wanted.size };
}

interface Item {
  readonly path?: string;
  readonly type?: string;
  readonly size?: number;
  readonly healthy?: boolean;
}

const TYPES: Readonly<Record<string, ListedEntry['type']>> = { '-': 'file', h: 'file', d: 'folder', l: 'link' };

function entryOf({ type = '', size }: Item, path: string): ListedEntry {
  // Bytes that are no text are question marks in the listing, and nobody can tell them from those that are.
  return { path, type: TYPES[type] ?? 'other', size: type === '-' ? (size ?? 0) : null, unnamed: path.includes('?') };
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
