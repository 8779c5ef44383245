import { finding, type Finding } from '../../finding/finding.ts';
import { bufferSource, type ByteSource } from '../../system/range.ts';
import { BackupError, type RecoveryPoint, type StoreAccess } from '../backup.ts';
import { openStore, type Entry } from '../dump-files/store.ts';
import { contentWhole } from '../dump-files/whole-content.ts';
import { findingsOfWhole } from '../dump-files/whole.ts';
import { partsOf, readHandle } from './handle.ts';
import { readOptions } from './options.ts';
import { checkDatabase } from './whole.ts';

/** So much of a log, or of a compressed database, is read without a drill. */
const SMALL_BYTES = 8 << 20;

/** Whether a copy is whole where it lies: its length, and the log beside it. Throws BackupError. */
export async function inspect(point: RecoveryPoint, access: StoreAccess, stop: AbortSignal): Promise<readonly Finding[]> {
  const handle = readHandle(point.handle);
  await using store = await openStore(access);
  const sourceOf = (entry: Entry): ByteSource => ({
    size: entry.size,
    read: (from, length) => store.read(entry, { from, length: Math.min(length, entry.size - from) }, stop),
  });
  const findings = await (async () => {
    const { entry, wal, shm, journal, compression } = handle;
    if (compression !== 'none') {
      if (entry.size > SMALL_BYTES) return [notChecked(entry.size)];
      const source = bufferSource(await sourceOf(entry).read(0, entry.size));
      return findingsOfWhole(entry.size, () => contentWhole(source, { compression, trailer: null }, stop));
    }
    if (wal !== null && wal.size > SMALL_BYTES) return [notChecked(wal.size)];
    const beside = (of: Entry | null): ByteSource | null => (of === null ? null : sourceOf(of));
    const parts = { main: sourceOf(entry), wal: beside(wal), shm: beside(shm), journal: beside(journal) };
    return checkDatabase(parts, { wal: readOptions(access.section).wal === 'required' });
  })();
  for (const { entry } of partsOf(handle)) {
    const now = await store.again(entry, stop);
    if (now?.etag !== entry.etag)
      throw new BackupError(now === undefined ? 'object-gone' : 'bytes-changed', 'a backup changed while it was looked at', {
        hint: 'Nothing is to be done: the next check looks again. See whether the backup job writes under the final name.',
      });
  }
  return findings;
}

function notChecked(bytes: number): Finding {
  return finding('backup.not-checked', 'skipped', { probe: 'backup', required: false, unit: 'bytes', observed: bytes });
}
