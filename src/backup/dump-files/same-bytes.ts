import type { RecoveryPoint } from '../backup.ts';
import type { Entry, Store } from './store.ts';

const SAMPLE_BYTES = 65_536;
const SAMPLES = 16;
/** An old backup stored again is a copy of one of the last few. */
const COMPARED = 30;

export interface Compared {
  readonly points: readonly RecoveryPoint[];
  /** The file of a point; of a directory dump its table of contents, which holds the second of its creation. */
  readonly entryOf: (point: RecoveryPoint) => Entry;
}

/**
 * Ids of points that hold the bytes of the one that was stored last. An object store tells by its ETag; files of equal size are compared
 * in 16 places. Two runs of pg_dump differ at least in the second of their creation, which archives hold, or in the random key of plain
 * dumps.
 */
export async function sameBytesAsNewest(store: Store, { points, entryOf }: Compared, stop: AbortSignal): Promise<ReadonlySet<string>> {
  const [newest, ...older] = [...points].sort((a, b) => Date.parse(b.availableAt) - Date.parse(a.availableAt));
  const same = new Set<string>();
  if (newest === undefined) return same;
  for (const other of older.filter(point => point.bytes === newest.bytes).slice(0, COMPARED)) {
    if (await sameBytes(store, { a: entryOf(newest), b: entryOf(other) }, stop)) same.add(other.id);
  }
  return same;
}

async function sameBytes(store: Store, { a, b }: { a: Entry; b: Entry }, stop: AbortSignal): Promise<boolean> {
  if (a.size !== b.size) return false;
  if (a.etag !== null && a.etag === b.etag) return true;
  // An ETag that is a plain MD5 of the bytes decides; one of several parts depends on how it was stored.
  if (isMd5(a.etag) && isMd5(b.etag)) return false;
  for (let index = 0; index < SAMPLES; index += 1) {
    const from = Math.floor((Math.max(0, a.size - SAMPLE_BYTES) * index) / (SAMPLES - 1));
    const range = { from, length: SAMPLE_BYTES };
    const [left, right] = await Promise.all([store.read(a, range, stop), store.read(b, range, stop)]);
    if (!left.equals(right)) return false;
  }
  return true;
}

function isMd5(etag: string | null): boolean {
  return etag !== null && /^[0-9a-f]{32}$/.test(etag);
}
