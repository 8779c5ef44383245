import { join } from 'node:path';
import { finding } from '../../finding/finding.ts';
import { openFileSource } from '../../system/range.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { digestFindings } from '../dump-files/manifest.ts';
import { NONE, stageText, type BesideText, type StagedText } from '../dump-files/stage-text.ts';
import { openPlace, openStore, type Entry, type Store } from '../dump-files/store.ts';
import { readHandle, STAGED_FILE, STAGED_USERS } from './handle.ts';
import { readOptions } from './options.ts';
import { sniff } from './sniff.ts';
import { TRAILER, wholeFindings } from './whole.ts';

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

/** The accounts that the plan names, else those found beside the dump. Only if the plan names some must there be any. */
async function fetchUsers(
  what: { readonly store: Store; readonly entry: Entry | null; readonly at: FetchPlace },
  stop: AbortSignal,
): Promise<StagedText> {
  const { store, entry, at } = what;
  const named = readOptions(at.store.section).users;
  if (named === undefined) return entry === null ? NONE : await stage(store, { entry, at }, stop);
  await using place = await openPlace(named, at.store);
  const there = await firstEntry(place, stop);
  const staged = there === undefined ? NONE : await stage(place, { entry: there, at }, stop);
  if (staged.file !== null || staged.findings.length > 0) return staged;
  return { file: null, findings: [finding('backup.globals-missing', 'failed', { probe: 'backup' })] };
}

async function firstEntry(place: Store, stop: AbortSignal): Promise<Entry | undefined> {
  try {
    for await (const entry of place.entries(stop)) return entry;
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'store-missing') throw error;
  }
  return undefined;
}

/** Opened, under a name of ours, if it is what `mariadb-dump --system=users` writes. */
function stage(store: Store, { entry, at }: { readonly entry: Entry; readonly at: FetchPlace }, stop: AbortSignal): Promise<StagedText> {
  const sniffUsers: BesideText['sniff'] = async (size, read) => {
    const found = await sniff(size, read);
    return found.kind === 'users' ? { compression: found.compression, trailer: found.commented ? TRAILER : null } : undefined;
  };
  return stageText(store, { entry, folder: at.staging, name: STAGED_USERS, what: 'accounts', sniff: sniffUsers }, stop);
}
