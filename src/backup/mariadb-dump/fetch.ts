import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { readFile, rm, writeFile } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { openPlace, openStore, type Entry, type Store } from '../dump-files/store.ts';
import { unwrapPrefix } from '../dump-files/wrapping.ts';
import { readHandle, STAGED_FILE, STAGED_USERS } from './handle.ts';
import { readOptions } from './options.ts';
import { sniff } from './sniff.ts';
import { wholeFindings } from './whole.ts';

/** Accounts and their grants: text, and never much of it. */
const LARGEST_USERS = 64 << 20;

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

/** What somebody wrote down when the backup was made binds: other bytes are another backup. */
function digestFindings(expected: string | null, observed: string): readonly Finding[] {
  if (expected === null || expected === observed) return [];
  return [finding('backup.digest-mismatch', 'failed', { probe: 'backup', unit: 'SHA-256', expected, observed })];
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
  if (entry.size > LARGEST_USERS) return null;
  const raw = join(at.staging, `${STAGED_USERS}.raw`);
  await store.copy(entry, { file: raw, progress: () => undefined }, stop);
  const bytes = await readFile(raw);
  await rm(raw, { force: true });
  const found = await sniff(bytes.length, length => Promise.resolve(bytes.subarray(0, length)));
  if (found.kind !== 'users') return null;
  const opened = await unwrapPrefix(bytes, found.compression, LARGEST_USERS);
  if ('missing' in opened) return null;
  await writeFile(join(at.staging, STAGED_USERS), opened.bytes);
  return STAGED_USERS;
}
