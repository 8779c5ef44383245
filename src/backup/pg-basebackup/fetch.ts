import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { copyHashed } from '../../system/copy-hashed.ts';
import { lstat, mkdir, readdir, rm } from '../../system/files.ts';
import { digestOfFiles } from '../../system/hash.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { openArchive } from './list.ts';
import { EMPTY_ARCHIVE } from './archive.ts';
import { lookAtBase } from './base.ts';
import { findPlaces, throwIfStopped, translated, type Place } from './find.ts';
import { fetchWal } from './fetch-wal.ts';
import { readOptions } from './options.ts';
import { handleOf } from './point.ts';
import { tablespacesOf, type Tablespace } from './tablespace.ts';
import type { StagedHandle } from './staged.ts';

/** One file on its way into the staging folder. */
interface Item {
  readonly from: string;
  /** Below the staging folder. */
  readonly to: string;
}

interface Collected {
  readonly items: readonly Item[];
  readonly folders: readonly string[];
  /** Links, devices and the like, where no server ever has one. */
  readonly foreign: number;
}

/** Brings a base backup and the segments that it needs into the staging folder. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const options = readOptions(at.store.section);
  const place = await placeAgain(point, at, stop);
  const archive = options.wal === undefined ? EMPTY_ARCHIVE : await openArchive(options.wal, stop);
  for (const name of ['base', 'tablespaces']) await rm(join(at.staging, name), { recursive: true, force: true });
  const tablespaces = await translated(options.from, () => tablespacesOf(place, options));
  const collected = await translated(options.from, () => collect(place, tablespaces, stop));
  let doneBytes = 0;
  const taken = (bytes: number): void => {
    doneBytes += bytes;
    at.progress({ phase: 'fetch', doneBytes, totalBytes: point.bytes });
  };
  const files = await translated(options.from, () => copyAll(collected, { at, taken }, stop));
  const wal = await translated(options.wal ?? options.from, () => fetchWal({ point, archive, at, taken }, stop));
  const missing = tablespaces.filter(one => one.path === undefined).length;
  const handle: StagedHandle = {
    shape: place.shape,
    tablespaces: tablespaces.filter(one => one.path !== undefined).map(one => one.number),
    segments: wal.segments,
    until: handleOf(point).target.to === 'newest' ? wal.until : null,
    target: handleOf(point).target,
    timeline: handleOf(point).timeline,
    hasManifest: place.names.includes('backup_manifest'),
  };
  return {
    folder: at.staging,
    bytes: doneBytes,
    sha256: digestOfFiles([...files, ...wal.files]),
    findings: [...strange(collected.foreign), ...withoutTablespaces(missing, tablespaces.length), ...wal.findings],
    handle: { ...handle },
  };
}

function strange(foreign: number): readonly Finding[] {
  if (foreign === 0) return [];
  return [finding('backup.foreign-members', 'failed', { probe: 'backup', unit: 'entries', expected: 0, observed: foreign })];
}

function withoutTablespaces(missing: number, all: number): readonly Finding[] {
  if (missing === 0) return [];
  return [finding('backup.tablespaces-missing', 'failed', { probe: 'backup', unit: 'tablespaces', expected: all, observed: missing })];
}

/** The base backup as it was listed. Throws BackupError `object-gone`, `bytes-changed`. */
async function placeAgain(point: RecoveryPoint, { store }: FetchPlace, stop: AbortSignal): Promise<Place> {
  const { from, wal } = readOptions(store.section);
  const { key, mark } = handleOf(point);
  const place = (await findPlaces(from, wal, stop)).find(one => one.key === key);
  const base = place === undefined ? undefined : await translated(from, () => lookAtBase(place, stop));
  if (place !== undefined && base?.mark === mark) return place;
  throw new BackupError(base === undefined ? 'object-gone' : 'bytes-changed', 'the base backup is not the one that was listed', {
    hint: 'See whether the backup job was replacing it, and start the drill again when it has ended.',
  });
}

/** Everything to copy: of a tar-format backup its archives, of a plain one its whole tree with the tablespaces. */
async function collect(place: Place, tablespaces: readonly Tablespace[], stop: AbortSignal): Promise<Collected> {
  if (place.shape === 'tar') {
    const names = place.names.filter(name => /^(?:base|pg_wal|\d+)\.tar(?:\.\w+)?$/.test(name) || name === 'backup_manifest');
    return { items: names.map(name => ({ from: join(place.path, name), to: join('base', name) })), folders: ['base'], foreign: 0 };
  }
  const trees = [
    { from: place.path, to: 'base' },
    ...tablespaces.flatMap(({ number, path }) => (path === undefined ? [] : [{ from: path, to: join('tablespaces', number) }])),
  ];
  const items: Item[] = [];
  const folders: string[] = [];
  let foreign = 0;
  const walk = async (from: string, to: string): Promise<void> => {
    throwIfStopped(stop);
    folders.push(to);
    for (const entry of await readdir(from, { withFileTypes: true })) {
      const below = { from: join(from, entry.name), to: join(to, entry.name) };
      if (entry.isDirectory()) await walk(below.from, below.to);
      else if (entry.isFile()) items.push(below);
      else if (to !== 'base/pg_tblspc' && below.to !== 'base/pg_wal') foreign += 1;
    }
  };
  for (const { from, to } of trees) await walk(from, to);
  return { items, folders, foreign };
}

const SIDE_BY_SIDE = 4;

async function copyAll(
  { items, folders }: Collected,
  to: { readonly at: FetchPlace; readonly taken: (bytes: number) => void },
  stop: AbortSignal,
): Promise<readonly { readonly name: string; readonly sha256: string }[]> {
  for (const folder of folders) await mkdir(join(to.at.staging, folder), { recursive: true, mode: 0o700 });
  const copied: { name: string; sha256: string }[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      throwIfStopped(stop);
      const before = await lstat(item.from);
      const { sha256 } = await copyHashed(item.from, join(to.at.staging, item.to), { stop, taken: to.taken });
      const after = await lstat(item.from);
      if (before.mtimeMs !== after.mtimeMs || before.size !== after.size)
        throw new BackupError('bytes-changed', 'a base backup changed while it was copied', {
          hint: 'See whether the backup job was still writing it, and start the drill again when it has ended.',
        });
      copied.push({ name: item.to, sha256 });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  return copied;
}
