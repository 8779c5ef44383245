import { createHash } from 'node:crypto';
import { basename, dirname, join, sep } from 'node:path';
import { isCode, lstat, open, readdir, realpath, stat } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import { BackupError } from '../backup.ts';
import { translated } from '../store-error.ts';
import { throwIfStopped, type CopyTo, type Entry, type Store } from './store.ts';

/** Backups are kept in folders by year, month, day and host; deeper than that it is no backup folder. */
const DEEPEST = 8;
const CHUNK_BYTES = 1 << 20;

/** A folder, or a single file in it. Links that lead out of it, devices and fifos are listed as refused and never opened. */
export function openFolder(place: string): Store {
  return {
    location: place,
    entries: stop => entriesOf(place, stop),
    read: (entry, range) => translated(place, () => readRange(place, entry, range)),
    again: entry => translated(place, () => entryAgain(place, entry)),
    copy: (entry, to, stop) => translated(place, () => copyFile(place, { entry, to, stop })),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function* entriesOf(place: string, stop: AbortSignal): AsyncGenerator<Entry> {
  const facts = await translated(place, () => stat(place));
  if (facts.isFile()) {
    yield await entryOf(place, basename(place));
    return;
  }
  const root = await translated(place, () => realpath(place));
  yield* walk({ place, root, folder: '', depth: 0 }, stop);
}

interface Walk {
  readonly place: string;
  readonly root: string;
  readonly folder: string;
  readonly depth: number;
}

/** A subfolder that cannot be opened is one refused entry; the root that cannot be opened is an error. */
async function* walk(at: Walk, stop: AbortSignal): AsyncGenerator<Entry> {
  throwIfStopped(stop);
  const names = await translated(at.place, () => readdir(join(at.root, at.folder), { withFileTypes: true })).catch((error: unknown) => {
    if (at.depth === 0 || !(error instanceof BackupError) || error.code !== 'store-unreadable') throw error;
    return undefined;
  });
  if (names === undefined) {
    yield { ...unknown(at.folder), refused: 'unreadable' };
    return;
  }
  for (const found of names) {
    const key = at.folder === '' ? found.name : `${at.folder}/${found.name}`;
    if (found.isDirectory()) {
      if (at.depth < DEEPEST) yield* walk({ ...at, folder: key, depth: at.depth + 1 }, stop);
    } else if (found.isFile()) {
      const entry = await entryAgainOrRefused(join(at.root, key), key);
      if (entry !== undefined) yield entry;
    } else {
      const link = found.isSymbolicLink() && (await leadsInside(at.root, join(at.root, key)));
      // The target of a link within the store is listed itself.
      if (!link) yield { ...unknown(key), refused: found.isSymbolicLink() ? 'link' : 'special' };
    }
  }
}

/** Undefined if it went away since the folder was read. */
async function entryAgainOrRefused(path: string, key: string): Promise<Entry | undefined> {
  try {
    return await entryOf(path, key);
  } catch (error) {
    return isCode(error, 'ENOENT') ? undefined : { ...unknown(key), refused: 'unreadable' };
  }
}

async function entryOf(path: string, key: string): Promise<Entry> {
  const facts = await lstat(path);
  return { key, size: facts.size, modifiedAt: facts.mtime.toISOString(), etag: `${facts.ino}-${facts.mtimeMs}-${facts.size}` };
}

function unknown(key: string): Entry {
  return { key, size: 0, modifiedAt: new Date(0).toISOString(), etag: null };
}

async function leadsInside(root: string, link: string): Promise<boolean> {
  const target = await realpath(link).catch(() => undefined);
  return target?.startsWith(root + sep) ?? false;
}

/** Host path of a key. The folder part is resolved again: it must still lie within the store. */
async function pathOf(place: string, entry: Entry): Promise<string> {
  const facts = await stat(place);
  if (facts.isFile()) return await realpath(place);
  const root = await realpath(place);
  const folder = await realpath(dirname(join(root, entry.key)));
  if (folder !== root && !folder.startsWith(root + sep)) throw Object.assign(new Error('leads out of the store'), { code: 'EACCES' });
  return join(folder, basename(entry.key));
}

async function readRange(place: string, entry: Entry, range: { from: number; length: number }): Promise<Buffer> {
  await using source = await openFileSource(await pathOf(place, entry));
  return await source.read(range.from, range.length);
}

async function entryAgain(place: string, entry: Entry): Promise<Entry | undefined> {
  try {
    return await entryOf(await pathOf(place, entry), entry.key);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Copies and hashes in one pass. The source must be the same before and after: a file that someone still writes is not a backup yet. */
async function copyFile(place: string, { entry, to, stop }: { entry: Entry; to: CopyTo; stop: AbortSignal }): Promise<string> {
  const path = await pathOf(place, entry);
  await using source = await openFileSource(path);
  await sameOrThrow(path, entry);
  const target = await open(to.file, 'w');
  const hash = createHash('sha256');
  try {
    for (let at = 0; at < source.size;) {
      throwIfStopped(stop);
      const chunk = await source.read(at, CHUNK_BYTES);
      if (chunk.length === 0) break;
      hash.update(chunk);
      for (let written = 0; written < chunk.length;)
        written += (await target.write(chunk, written, chunk.length - written, at + written)).bytesWritten;
      at += chunk.length;
      to.progress(at);
    }
  } finally {
    await target.close();
  }
  await sameOrThrow(path, entry);
  return hash.digest('hex');
}

async function sameOrThrow(path: string, entry: Entry): Promise<void> {
  const now = await entryOf(path, entry.key);
  if (entry.etag !== null && now.etag !== entry.etag) {
    throw new BackupError('bytes-changed', 'a backup file changed while it was read', {
      hint: 'See whether the backup job was still writing it, and start the drill again when it has ended.',
    });
  }
}
