import { basename } from 'node:path/posix';
import { bufferSource, type ByteSource } from '../../system/range.ts';
import { BackupError, type RecoveryPoint, type StoreAccess } from '../backup.ts';
import type { Finding } from '../../finding/finding.ts';
import { entriesIn } from './fetch.ts';
import type { OuterCompression } from '../dump-files/wrapping.ts';
import type { DumpFormat } from './handle.ts';
import { bucketOf } from '../dump-files/place-options.ts';
import { readPointHandle, type PointHandle } from './point.ts';
import { OverBudget, onBudget, type ReadBudget } from '../dump-files/read-budget.ts';
import { openStore, type Entry, type Store } from '../dump-files/store.ts';
import { contentWhole, type ContentLimits } from '../dump-files/whole-content.ts';
import { customEnd } from './whole-custom.ts';
import { directoryWhole } from './whole-directory.ts';
import { endsWell } from '../dump-files/whole-end.ts';
import { fileWhole, TRAILER } from './whole-file.ts';
import { cutOff, UNTOLD, WHOLE, type Whole } from '../dump-files/whole.ts';
import { wholeFindings } from './whole-findings.ts';

const MIB = 1 << 20;
/** What is smaller is read and checked to its last byte. */
const SMALL_BYTES = 8 * MIB;
/** A file of a directory dump: there are many of them. */
const SMALL_MEMBER_BYTES = MIB / 4;
/** A file that does not end as it should is read in full before anybody is called; if it is larger than this, its end is proof enough. */
const SUSPECT_BYTES = { folder: 2_048 * MIB, bucket: 256 * MIB };
const READS = { folder: 100_000, bucket: 400 };
const NOT_OPENED = { storedBytes: 0, contentBytes: 0, timeMs: 0 };
/** Of the last line of a plain dump what a compressor does not take from an earlier line. */
const FINISHED = 'dump complete';
const TAR_END_BYTES = 1_024;
const SUSPECT_LIMIT_MS = 10 * 60_000;

/** `format` is `null` for a file of a directory dump. */
interface Packed {
  readonly compression: OuterCompression;
  readonly format: DumpFormat | null;
}

/** Where the bytes are, how they are packed, and what may be read of them. */
interface Inspected {
  readonly source: ByteSource;
  readonly as: Packed;
  readonly place: 'folder' | 'bucket';
  readonly budget: ReadBudget;
}

/**
 * Looks whether a dump is whole without fetching it: header, table of contents, places of the data, and its end. What is too large to be
 * followed is judged by how it ends; then nothing is claimed but that nothing speaks against it (`backup.not-checked`). Throws BackupError.
 */
export async function inspect(point: RecoveryPoint, access: StoreAccess, stop: AbortSignal): Promise<readonly Finding[]> {
  const handle = readPointHandle(point.handle);
  await using store = await openStore(access);
  const place = bucketOf(store.location) === undefined ? 'folder' : 'bucket';
  const findings = await wholeFindings(handle, point.bytes, () =>
    handle.shape === 'directory' ? directoryInspected(store, { handle, place }, stop) : oneInspected(store, { handle, place }, stop),
  );
  if (findings.some(found => found.outcome === 'failed')) await throwIfChanged(store, handle, stop);
  return findings;
}

/** A file that is replaced while we look is not a bad one. */
async function throwIfChanged(store: Store, { entry }: PointHandle, stop: AbortSignal): Promise<void> {
  const now = await store.again(entry, stop);
  if (now?.etag === entry.etag) return;
  throw new BackupError(now === undefined ? 'object-gone' : 'bytes-changed', 'a backup changed while it was looked at', {
    hint: 'Nothing is to be done: the next check looks again. See whether the backup job writes under the final name.',
  });
}

interface Where {
  readonly handle: PointHandle;
  readonly place: Inspected['place'];
}

function oneInspected(store: Store, { handle, place }: Where, stop: AbortSignal): Promise<Whole> {
  const budget = { bytes: SMALL_BYTES, reads: READS[place] };
  return inspected({ source: sourceOf(store, handle.entry, stop), as: packed(handle), place, budget }, SMALL_BYTES, stop);
}

function packed({ compression, format }: PointHandle): Packed {
  return { compression, format };
}

/** The table of contents, all names, then each file on one common budget. */
async function directoryInspected(store: Store, { handle, place }: Where, stop: AbortSignal): Promise<Whole> {
  const entries = new Map((await entriesIn(store, handle, stop)).map(entry => [basename(entry.key), entry]));
  const source = (name: string): ByteSource => {
    const entry = entries.get(name);
    return entry === undefined ? bufferSource(Buffer.alloc(0)) : sourceOf(store, entry, stop);
  };
  const budget = { bytes: 4 * SMALL_BYTES, reads: READS[place] };
  return directoryWhole({
    toc: source('toc.dat'),
    sizes: new Map([...entries].map(([name, entry]) => [name, entry.size])),
    text: async name => (await source(name).read(0, SMALL_BYTES)).toString('utf8'),
    file: (name, isTable) => memberInspected({ source: source(name), budget, place }, { name, isTable }, stop),
  });
}

const COMPRESSIONS: Readonly<Record<string, OuterCompression>> = { gz: 'gzip', lz4: 'lz4', zst: 'zstd' };

async function memberInspected(
  of: Omit<Inspected, 'as'>,
  { name, isTable }: { name: string; isTable: boolean },
  stop: AbortSignal,
): Promise<Whole> {
  const compression = COMPRESSIONS[name.slice(name.lastIndexOf('.') + 1)] ?? 'none';
  if (compression !== 'none') return inspected({ ...of, as: { compression, format: null } }, SMALL_MEMBER_BYTES, stop);
  if (!isTable) return WHOLE;
  const tail = await affordable(() => onBudget(of.source, of.budget).read(Math.max(0, of.source.size - 16), 16));
  return tail === undefined ? UNTOLD : tail.includes('\\.\n') ? WHOLE : cutOff(null, of.source.size);
}

/** Small: all of it. Large: what can be followed, then the end; and all of it only if the end is not as it should be. */
async function inspected(of: Inspected, small: number, stop: AbortSignal): Promise<Whole> {
  const source = onBudget(of.source, of.budget);
  if (source.size <= small) {
    const bytes = await affordable(() => source.read(0, source.size));
    return bytes === undefined ? UNTOLD : fileInspected(bufferSource(bytes), of.as, stop);
  }
  const followed = await affordable(() => fileInspected(source, { ...of.as, limits: NOT_OPENED }, stop));
  if (followed !== undefined && followed.says !== 'untold') return followed;
  if (of.as.compression === 'none' && of.as.format === 'custom') return customEnd(of.source, { integerBytes: 4 });
  if (of.budget.bytes < 0 && of.as.format === null) return UNTOLD;
  return (await affordable(() => endIsWell(onBudget(of.source, { bytes: SMALL_BYTES, reads: 100 }), of.as))) === true
    ? UNTOLD
    : suspect(of, stop);
}

async function fileInspected(source: ByteSource, as: Packed & { readonly limits?: ContentLimits }, stop: AbortSignal): Promise<Whole> {
  const { format, ...rest } = as;
  if (format === null || format === 'directory') return contentWhole(source, { ...rest, trailer: null }, stop);
  return fileWhole(source, { ...rest, format }, stop);
}

/** It does not end as it should. */
async function suspect({ source, as, place }: Inspected, stop: AbortSignal): Promise<Whole> {
  const most = SUSPECT_BYTES[place];
  if (as.compression === 'none' || source.size > most) return cutOff(null, source.size);
  return contentWhole(
    source,
    {
      compression: as.compression,
      trailer: as.format === 'plain' ? TRAILER : null,
      limits: { storedBytes: most, contentBytes: Infinity, timeMs: SUSPECT_LIMIT_MS },
    },
    stop,
  );
}

/** Custom and plain archives are followed to their ends within what may be read. */
async function endIsWell(source: ByteSource, { compression, format }: Packed): Promise<boolean> {
  if (compression !== 'none') return endsWell(source, { compression, finished: format === 'plain' ? FINISHED : null });
  return format !== 'tar' || (await source.read(Math.max(0, source.size - TAR_END_BYTES), TAR_END_BYTES)).every(byte => byte === 0);
}

/** Undefined if it takes more than the budget. */
async function affordable<T>(reading: () => Promise<T>): Promise<T | undefined> {
  try {
    return await reading();
  } catch (error) {
    if (error instanceof OverBudget) return undefined;
    throw error;
  }
}

function sourceOf(store: Store, entry: Entry, stop: AbortSignal): ByteSource {
  return { size: entry.size, read: (from, length) => store.read(entry, { from, length }, stop) };
}
