import type { Finding } from '../../finding/finding.ts';
import { bufferSource, type ByteSource } from '../../system/range.ts';
import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { openStore, throwIfChanged } from '../dump-files/store.ts';
import { endsWell } from '../dump-files/whole-end.ts';
import { cutOff, findingsOfWhole, UNTOLD } from '../dump-files/whole.ts';
import { readHandle, type MariaDumpHandle } from './handle.ts';
import { wholeFindings } from './whole.ts';

/** What is smaller is read to its last byte. */
const SMALL_BYTES = 8 << 20;
/** Of the last line what a compressor does not take from an earlier one. */
const FINISHED = ' completed';

/** Whether a dump is whole, by its own marks, without fetching it: small ones in full, large ones by their ends. Throws BackupError. */
export async function inspect(point: RecoveryPoint, access: StoreAccess, stop: AbortSignal): Promise<readonly Finding[]> {
  const handle = readHandle(point.handle);
  await using store = await openStore(access);
  const { entry, compression } = handle;
  const source: ByteSource = { size: entry.size, read: (from, length) => store.read(entry, { from, length }, stop) };
  const findings = await findingsOf(handle, source, stop);
  if (compression !== 'none' || findings.some(found => found.outcome === 'failed')) await throwIfChanged(store, entry, stop);
  return findings;
}

async function findingsOf(handle: MariaDumpHandle, source: ByteSource, stop: AbortSignal): Promise<readonly Finding[]> {
  const { compression, commented } = handle;
  if (compression === 'none') return wholeFindings(handle, { source }, stop);
  if (source.size <= SMALL_BYTES) return wholeFindings(handle, { source: bufferSource(await source.read(0, source.size)) }, stop);
  return findingsOfWhole(source.size, async () =>
    (await endsWell(source, { compression, finished: commented ? FINISHED : null })) ? UNTOLD : cutOff(null, source.size),
  );
}
