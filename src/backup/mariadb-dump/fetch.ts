import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { openFileSource } from '../../system/range.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { digestFindings } from '../dump-files/manifest.ts';
import { stageText, type BesideText } from '../dump-files/stage-text.ts';
import { openPlace, openStore, type Entry, type Store } from '../dump-files/store.ts';
import { readHandle, STAGED_FILE, STAGED_USERS } from './handle.ts';
import { readOptions } from './options.ts';
import { sniff } from './sniff.ts';
import { wholeFindings } from './whole.ts';

/** Brings the bytes of one point into the staging folder, with their digest, and looks whether they are whole. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const handle = readHandle(point.handle);
  await using store = await openStore(at.store);
  const path = join(at.staging, STAGED_FILE);
  const progress = (doneBytes: number): void => at.progress({ phase: 'fetch', doneBytes, totalBytes: point.bytes });
  const sha256 = await store.copy(handle.entry, { file: path, progress }, stop);
  const users = await fetchUsers({ store, entry: handle.usersEntry, at }, stop);
  await using source = await openFileSource(path);
  const findings = [...digestFindings(handle.sha256, sha256), ...users.findings, ...(await wholeFindings(handle, { source }, stop))];
  return { folder: at.staging, bytes: handle.entry.size, sha256, findings, handle: { ...handle, users: users.file } };
}

interface FetchedUsers {
  readonly file: string | null;
  readonly findings: readonly Finding[];
}

/** The accounts that the plan names, else those found beside the dump. Only if the plan names some must there be any. */
async function fetchUsers(
  what: { readonly store: Store; readonly entry: Entry | null; readonly at: FetchPlace },
  stop: AbortSignal,
): Promise<FetchedUsers> {
  const { store, entry, at } = what;
  const named = readOptions(at.store.section).users;
  if (named === undefined) return { file: entry === null ? null : await stage(store, { entry, at }, stop), findings: [] };
  await using place = await openPlace(named, at.store);
  const there = await firstEntry(place, stop);
  const file = there === undefined ? null : await stage(place, { entry: there, at }, stop);
  return { file, findings: file === null ? [finding('backup.globals-missing', 'failed', { probe: 'backup' })] : [] };
}

async function firstEntry(place: Store, stop: AbortSignal): Promise<Entry | undefined> {
  try {
    for await (const entry of place.entries(stop)) return entry;
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'store-missing') throw error;
  }
  return undefined;
}

/** Opened, under a name of ours; `null` if it is not what `mariadb-dump --system=users` writes. */
async function stage(
  store: Store,
  { entry, at }: { readonly entry: Entry; readonly at: FetchPlace },
  stop: AbortSignal,
): Promise<string | null> {
  const compressionOf: BesideText['compressionOf'] = async (size, read) => {
    const found = await sniff(size, read);
    return found.kind === 'users' ? found.compression : undefined;
  };
  return (await stageText(store, { entry, file: join(at.staging, STAGED_USERS), compressionOf }, stop)) ? STAGED_USERS : null;
}
