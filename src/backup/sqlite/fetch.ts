import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { digestOfFiles } from '../../system/hash.ts';
import { openFileSource } from '../../system/range.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { openStore, type Store } from '../dump-files/store.ts';
import { contentWhole } from '../dump-files/whole-content.ts';
import { findingsOfWhole } from '../dump-files/whole.ts';
import { wrappingOf } from '../dump-files/wrapping.ts';
import { partsOf, readHandle, type SqliteHandle } from './handle.ts';
import { readOptions } from './options.ts';
import { checkParts } from './parts.ts';

/** Brings a database and what lies beside it into the staging folder, and looks whether they belong together and are whole. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const handle = readHandle(point.handle);
  await using store = await openStore(at.store);
  const copied: { name: string; sha256: string; size: number }[] = [];
  let done = 0;
  for (const { entry, staged } of partsOf(handle)) {
    const progress = (bytes: number): void => at.progress({ phase: 'fetch', doneBytes: done + bytes, totalBytes: point.bytes });
    copied.push({ name: staged, sha256: await store.copy(entry, { file: join(at.staging, staged), progress }, stop), size: entry.size });
    done += entry.size;
  }
  await sameOrThrow(store, handle, stop);
  const [main] = copied;
  const wrapped = await wrappedParts(at.staging, copied);
  const demands = { wal: readOptions(at.store.section).wal === 'required' };
  const findings = [
    ...digestFindings(handle.sha256, main?.sha256 ?? ''),
    ...(wrapped.length === 0 ? await checkParts(at.staging, demands) : await checkWrapped(at.staging, handle, stop)),
  ];
  const sha256 = copied.length === 1 ? (main?.sha256 ?? '') : digestOfFiles(copied);
  return {
    folder: at.staging,
    bytes: done,
    sha256,
    findings,
    handle: { parts: copied.map(({ name }) => name), wrapped, demands, writer: handle.header.writer },
  };
}

/** A database and its log are one thing: if one of them changed while the other was read, they are of two moments. */
async function sameOrThrow(store: Store, handle: SqliteHandle, stop: AbortSignal): Promise<void> {
  for (const { entry } of partsOf(handle)) {
    if ((await store.again(entry, stop))?.etag === entry.etag) continue;
    throw new BackupError('bytes-changed', 'the backup changed while it was read', {
      hint: 'See whether the backup job was still writing it, and start the drill again when it has ended.',
    });
  }
}

/** What somebody wrote down when the backup was made binds: other bytes are another backup. */
function digestFindings(expected: string | null, observed: string): readonly Finding[] {
  if (expected === null || expected === observed) return [];
  return [finding('backup.digest-mismatch', 'failed', { probe: 'backup', unit: 'SHA-256', expected, observed })];
}

async function wrappedParts(staging: string, copied: readonly { readonly name: string }[]): Promise<readonly string[]> {
  const wrapped: string[] = [];
  for (const { name } of copied) {
    await using source = await openFileSource(join(staging, name));
    if (wrappingOf(await source.read(0, 6)) !== 'none') wrapped.push(name);
  }
  return wrapped;
}

/** What is compressed is looked at once it was opened, by the restore; until then what its compression says of itself. */
async function checkWrapped(staging: string, { compression }: SqliteHandle, stop: AbortSignal): Promise<readonly Finding[]> {
  if (compression === 'none') return [];
  await using source = await openFileSource(join(staging, 'main'));
  return await findingsOfWhole(source.size, () => contentWhole(source, { compression, trailer: null }, stop));
}
