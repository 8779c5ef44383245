import { join } from 'node:path';
import { basename, dirname } from 'node:path/posix';
import { finding, type Finding } from '../../finding/finding.ts';
import { digestOfFiles } from '../../system/hash.ts';
import { mkdir } from '../../system/files.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { isDirectoryFile } from './artefact.ts';
import { checkStaged, type StagedBytes } from './check-staged.ts';
import { fetchGlobals } from './globals.ts';
import type { PgDumpHandle } from './handle.ts';
import { readOptions } from './options.ts';
import { readPointHandle, type PointHandle } from './point.ts';
import { openStore, type Entry, type Store } from '../dump-files/store.ts';

const SIDE_BY_SIDE = 4;

/** Brings the bytes of one point into the staging folder, under names of our own, with their digest, and looks whether they are whole. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const from = readPointHandle(point.handle);
  await using store = await openStore(at.store);
  const copied =
    from.shape === 'directory' ? await copyDirectory(store, { from, point, at }, stop) : await copyOne(store, { from, point, at }, stop);
  const globals = await fetchGlobals({ store, from, at }, stop);
  const findings = [...compareDigest(from, copied.sha256), ...globals.findings, ...(await checkStaged(copied, stop))];
  const handle: PgDumpHandle = {
    format: from.format,
    compression: from.compression,
    file: from.file,
    globals: globals.file,
    dumpVersion: from.dumpVersion,
    serverMajor: from.serverMajor,
    archiveVersion: from.archiveVersion,
    dbname: from.dbname,
    roles: readOptions(at.store.section).roles ?? 'optional',
  };
  return { folder: at.staging, bytes: copied.bytes, sha256: copied.sha256, findings, handle: { ...handle } };
}

interface Copying {
  readonly from: PointHandle;
  readonly point: RecoveryPoint;
  readonly at: FetchPlace;
}

type Copied = StagedBytes & { readonly sha256: string };

async function copyOne(store: Store, { from, point, at }: Copying, stop: AbortSignal): Promise<Copied> {
  const path = join(at.staging, from.file);
  const progress = (doneBytes: number): void => at.progress({ phase: 'fetch', doneBytes, totalBytes: point.bytes });
  const sha256 = await store.copy(from.entry, { file: path, progress }, stop);
  return { handle: from, path, bytes: from.entry.size, sizes: new Map(), sha256 };
}

/** Only names that pg_dump gives; the folder may hold anything else. */
async function copyDirectory(store: Store, { from, point, at }: Copying, stop: AbortSignal): Promise<Copied> {
  const path = join(at.staging, from.file);
  await mkdir(path, { recursive: true });
  const entries = await entriesIn(store, from, stop);
  const doneOf = new Map<string, number>();
  const copied: { name: string; sha256: string; size: number }[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let entry = entries[next++]; entry !== undefined; entry = entries[next++]) {
      const name = basename(entry.key);
      const progress = (bytes: number): void => {
        doneOf.set(name, bytes);
        at.progress({ phase: 'fetch', doneBytes: sum(doneOf.values()), totalBytes: point.bytes });
      };
      copied.push({ name, sha256: await store.copy(entry, { file: join(path, name), progress }, stop), size: entry.size });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
  const sizes = new Map(copied.map(({ name, size }) => [name, size]));
  return { handle: from, path, bytes: sum(sizes.values()), sizes, sha256: digestOfFiles(copied) };
}

/** The files of a directory dump, if it is still the one that was listed. Throws BackupError `object-gone`, `bytes-changed`. */
export async function entriesIn(store: Store, from: PointHandle, stop: AbortSignal): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of store.entries(stop)) {
    const folder = dirname(entry.key);
    if (entry.refused === undefined && (folder === '.' ? '' : folder) === from.key && isDirectoryFile(basename(entry.key)))
      entries.push(entry);
  }
  const toc = entries.find(entry => entry.key === from.entry.key);
  if (toc?.etag === from.entry.etag) return entries;
  const hint = 'See whether the backup job was replacing it, and start the drill again when it has ended.';
  throw new BackupError(toc === undefined ? 'object-gone' : 'bytes-changed', 'the directory dump is not the one that was listed', { hint });
}

/** What somebody wrote down when the backup was made binds: other bytes are another backup. */
function compareDigest(from: PointHandle, sha256: string): readonly Finding[] {
  if (from.sha256 === null || from.sha256 === sha256) return [];
  return [finding('backup.digest-mismatch', 'failed', { probe: 'backup', unit: 'SHA-256', expected: from.sha256, observed: sha256 })];
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
