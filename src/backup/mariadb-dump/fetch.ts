import { join } from 'node:path';
import { digestOfFiles } from '../../system/hash.ts';
import { openFileSource } from '../../system/range.ts';
import type { FetchPlace, RecoveryPoint, Staged } from '../backup.ts';
import { NO_LOG, stageBinlogs } from '../binlogs/stage.ts';
import { digestFindings } from '../dump-files/manifest.ts';
import { entriesThere, stageBeside } from '../dump-files/stage-beside.ts';
import { stageText, type BesideText, type StagedText } from '../dump-files/stage-text.ts';
import { openStore, type Entry, type Store } from '../dump-files/store.ts';
import { readHandle, STAGED_FILE, STAGED_USERS, type MariaDumpHandle } from './handle.ts';
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
  const users = await stageBeside({
    ...{ store, access: at.store, named: readOptions(at.store.section).users, entry: handle.usersEntry, missing: 'backup.globals-missing' },
    stage: (place, entry) => stage(place, { entry, at }, stop),
    candidates: place => entriesThere(place, 1, stop),
  });
  await using source = await openFileSource(path);
  const findings = [...digestFindings(handle.sha256, sha256), ...users.findings, ...(await wholeFindings(handle, { source }, stop))];
  const log = handle.binlogs === null ? NO_LOG : await stageBinlogs({ ...handle.binlogs, of: handle.database }, at, stop);
  const staged: MariaDumpHandle = { ...handle, users: users.file, stagedBinlogs: log.binlogs };
  return {
    folder: at.staging,
    bytes: handle.entry.size + log.bytes,
    sha256: log.files.length === 0 ? sha256 : digestOfFiles([{ name: STAGED_FILE, sha256 }, ...log.files]),
    findings: [...findings, ...log.findings],
    handle: { ...staged },
  };
}

/** Opened, under a name of ours, if it is what `mariadb-dump --system=users` writes. */
function stage(store: Store, { entry, at }: { readonly entry: Entry; readonly at: FetchPlace }, stop: AbortSignal): Promise<StagedText> {
  const sniffUsers: BesideText['sniff'] = async (size, read) => {
    const found = await sniff(size, read);
    return found.kind === 'users' ? { compression: found.compression, trailer: found.commented ? TRAILER : null } : undefined;
  };
  return stageText(store, { entry, folder: at.staging, name: STAGED_USERS, what: 'accounts', sniff: sniffUsers }, stop);
}
