import { createHash } from 'node:crypto';
import { lstat, opendir } from '../../system/files.ts';
import { rawPath, walk } from '../../system/walk.ts';
import { headOf, throwIfStopped } from './entry.ts';

/** One folder that is a backup. Its key is the path below the place, one character per byte; empty: the place itself. */
export interface TreeFolder {
  readonly key: string;
  /** When it was finished or last touched: its change time, which copying does not bring along. */
  readonly changedAt: string;
}

const DATED = /(?<!\d)20\d\d[-_.]?\d\d[-_.]?\d\d(?!\d{5})|^(?:hourly|daily|weekly|monthly|yearly)\.\d+$/;
/** Names that jobs give to what they are still writing or about to delete. */
const UNFINISHED = /\.(?:partial|incomplete|inprogress|in-progress|tmp|temp|unfinished)$|^_delete\.|^\./i;

export interface TreeFolders {
  readonly folders: readonly TreeFolder[];
  readonly unfinished: number;
  readonly looked: number;
}

/** Dated folders of the place; if there are none and the place holds something, the place itself. */
export async function foldersIn(place: string, stop: AbortSignal): Promise<TreeFolders> {
  throwIfStopped(stop);
  const names: string[] = [];
  for await (const { name } of await opendir(place, { encoding: 'latin1' })) names.push(name);
  const folders: TreeFolder[] = [];
  let unfinished = 0;
  for (const name of names.sort()) {
    // Links such as `latest` lead to one of the others.
    const facts = DATED.test(name) ? await lstat(rawPath(place, name)) : undefined;
    if (facts?.isDirectory() !== true) continue;
    if (UNFINISHED.test(name)) unfinished += 1;
    else folders.push({ key: name, changedAt: facts.ctime.toISOString() });
  }
  const single = folders.length + unfinished === 0 && names.length > 0;
  return {
    folders: single ? [{ key: '', changedAt: (await lstat(place)).ctime.toISOString() }] : folders,
    unfinished,
    looked: names.length,
  };
}

export interface TreeSum {
  readonly files: number;
  readonly bytes: number;
  /** Tells this tree from one in which anything was written since. */
  readonly identity: string;
}

/** Counts a backup without opening any of its files. */
export async function sumOf(place: string, { key }: Pick<TreeFolder, 'key'>, stop: AbortSignal): Promise<TreeSum> {
  const root = rawPath(place, key).toString('utf8');
  const lines: string[] = [];
  let files = 0;
  let bytes = 0;
  for await (const { path, facts } of walk(root, stop)) {
    if (facts?.isFile() === true) {
      files += 1;
      bytes += facts.size;
    }
    lines.push(`${path} ${facts?.mode ?? 0} ${facts?.isDirectory() === true ? '' : `${facts?.size ?? 0} ${facts?.mtimeMs ?? 0}`}`);
  }
  return { files, bytes, identity: createHash('sha256').update(lines.sort().join('\n'), 'latin1').digest('hex') };
}

export interface Marked {
  /** What it says, or undefined if it says no moment. */
  readonly at: string | undefined;
  readonly writtenAt: string;
}

/** The marker of a backup; undefined if it has none. */
export async function markerOf(place: string, { key }: Pick<TreeFolder, 'key'>, marker: string): Promise<Marked | undefined> {
  const path = `${key === '' ? '' : `${key}/`}${Buffer.from(marker).toString('latin1')}`;
  const facts = await lstat(rawPath(place, path)).catch(() => undefined);
  if (facts?.isFile() !== true) return undefined;
  const text = (await headOf(place, path, 4_096)).toString('latin1');
  const said = /20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)/.exec(text)?.[0];
  const ms = said === undefined ? Number.NaN : Date.parse(said.replace(' ', 'T'));
  return { at: Number.isNaN(ms) ? undefined : new Date(ms).toISOString(), writtenAt: facts.mtime.toISOString() };
}
