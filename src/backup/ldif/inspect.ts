import type { Finding } from '../../finding/finding.ts';
import { bufferSource, type ByteSource } from '../../system/range.ts';
import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { openStore, throwIfChanged } from '../dump-files/store.ts';
import { endsWell } from '../dump-files/whole-end.ts';
import { cutOff, findingsOfWhole, UNTOLD } from '../dump-files/whole.ts';
import { readHandle } from './handle.ts';
import { wholeFindings } from './whole.ts';

/** What is smaller is read to its last byte. */
const SMALL_BYTES = 8 << 20;

/** Whether an export is whole, by its own marks, without fetching it: small ones in full, large ones by their ends. Throws BackupError. */
export async function inspect(point: RecoveryPoint, access: StoreAccess, stop: AbortSignal): Promise<readonly Finding[]> {
  const handle = readHandle(point.handle);
  const { entry, compression } = handle;
  await using store = await openStore(access);
  const source: ByteSource = { size: entry.size, read: (from, length) => store.read(entry, { from, length }, stop) };
  const small = async (): Promise<ByteSource> => bufferSource(await source.read(0, source.size));
  const byItsEnd = compression === 'none' || source.size > SMALL_BYTES;
  const findings =
    compression !== 'none' && byItsEnd
      ? await findingsOfWhole(source.size, async () =>
          (await endsWell(source, { compression, finished: null })) ? UNTOLD : cutOff(null, source.size),
        )
      : await wholeFindings(handle, byItsEnd ? source : await small(), stop);
  await throwIfChanged(store, entry, stop);
  return findings;
}
