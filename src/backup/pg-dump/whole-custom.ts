import type { ByteSource } from '../../system/range.ts';
import { HEADER_BYTES, parseArchiveHeader, type ArchiveHeader } from './archive-header.ts';
import { readToc, type TocEntry } from './archive-toc.ts';
import { ArchiveError, Cursor } from './cursor.ts';
import { bad, cutOff, UNTOLD, WHOLE, type Whole } from '../dump-files/whole.ts';

/** Blocks of data: of one table, or of large objects. */
const TABLE_BLOCK = 1;
const BLOBS_BLOCK = 3;
const WINDOW_BYTES = 262_144;
/** So much is read to follow blocks from length to length; a restore reads the rest. */
const WALKED_BYTES = 64 << 20;
const OFFSETS_CHECKED = 5_000;
/** So far before the end of the file the end mark of the last block is looked for: something small may have been put behind it. */
const END_BYTES = 65_536;

/**
 * Table of contents against the file: every block of data begins where it should, and the last one ends before the file does. A custom
 * archive has no end mark (failure mode A09: `pg_restore -l` of a cut one is content).
 */
export async function customWhole(source: ByteSource): Promise<Whole> {
  return readingArchive(source, async () => {
    const header = parseArchiveHeader(await source.read(0, HEADER_BYTES));
    const entries: TocEntry[] = [];
    const toc = readToc(source, header);
    for (;;) {
      const next = await toc.next();
      if (next.done === true) return dataWhole(source, { header, entries, dataAt: next.value });
      if (next.value.hasData) entries.push({ ...next.value, definition: null });
    }
  });
}

/** Runs a reading of an archive; bytes that make no sense are an answer, as is a version that nobody here knows. */
export async function readingArchive(source: ByteSource, reading: () => Promise<Whole>): Promise<Whole> {
  try {
    return await reading();
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    if (error.problem === 'newer-format') return UNTOLD;
    return error.problem === 'ends-early' ? cutOff(null, source.size) : bad('backup.damaged');
  }
}

interface Archive {
  readonly header: ArchiveHeader;
  readonly entries: readonly TocEntry[];
  readonly dataAt: number;
}

async function dataWhole(source: ByteSource, archive: Archive): Promise<Whole> {
  if (archive.entries.length === 0) return WHOLE;
  const places = archive.entries
    .flatMap(({ dumpId, dataAt }) => (dataAt === null ? [] : [{ dumpId, at: dataAt }]))
    .sort((a, b) => a.at - b.at);
  // Written into a pipe: nobody could go back to note the places, so all blocks are walked.
  if (places.length < archive.entries.length) return walkAll(source, archive);
  const last = places.at(-1);
  if (last === undefined) return WHOLE;
  if (last.at >= source.size) return cutOff(last.at, source.size);
  const step = Math.ceil(places.length / OFFSETS_CHECKED);
  for (const [index, place] of places.entries()) {
    if (index % step === 0 && (await blockAt(source, archive.header, place.at)) !== place.dumpId) return bad('backup.damaged');
  }
  const end = await walkBlock(walker(source, archive.header), last.at);
  return end === undefined ? customEnd(source, archive.header) : WHOLE;
}

/**
 * By the last bytes alone, where the last block is too large to be followed: it ends with an integer of zero. Neither compressed data nor
 * text holds so many zero bytes, so a file without any in its last bytes is cut. That it ends well is no proof that all of it is there.
 */
export async function customEnd(source: ByteSource, { integerBytes }: Pick<ArchiveHeader, 'integerBytes'>): Promise<Whole> {
  const tail = await source.read(Math.max(0, source.size - END_BYTES), END_BYTES);
  return tail.includes(Buffer.alloc(1 + integerBytes)) ? UNTOLD : cutOff(null, source.size);
}

async function blockAt(source: ByteSource, header: ArchiveHeader, at: number): Promise<number> {
  const cursor = new Cursor(await source.read(at, 2 + header.integerBytes), 0, header.integerBytes);
  const type = cursor.byte();
  if (type !== TABLE_BLOCK && type !== BLOBS_BLOCK) throw new ArchiveError('damaged', 'unknown kind of block');
  return cursor.integer();
}

async function walkAll(source: ByteSource, archive: Archive): Promise<Whole> {
  const walk = walker(source, archive.header);
  let at: number | undefined = archive.dataAt;
  for (let found = 0; found < archive.entries.length; found += 1) {
    if (at >= source.size) return bad('backup.truncated', { unit: 'tables with data', expected: archive.entries.length, observed: found });
    at = await walkBlock(walk, at);
    if (at === undefined) return customEnd(source, archive.header);
  }
  return WHOLE;
}

/** Where the block at this place ends; undefined if that is too far to follow. */
async function walkBlock(walk: Walker, at: number): Promise<number | undefined> {
  walk.moveTo(at);
  const type = await walk.byte();
  if (type !== TABLE_BLOCK && type !== BLOBS_BLOCK) throw new ArchiveError('damaged', 'unknown kind of block');
  await walk.integer(); // the entry that it belongs to
  if (type === TABLE_BLOCK) return walkChunks(walk);
  // Large objects: each its oid, then its chunks; an oid of zero ends them.
  while ((await walk.integer()) !== 0) {
    if ((await walkChunks(walk)) === undefined) return undefined;
  }
  return walk.position();
}

/** Lengths and bytes, until a length of zero. */
async function walkChunks(walk: Walker): Promise<number | undefined> {
  for (;;) {
    const length = await walk.integer();
    if (length === 0) return walk.position();
    if (length < 0) throw new ArchiveError('damaged', 'chunk has an impossible length');
    walk.moveTo(walk.position() + length);
    if (walk.readBytes() > WALKED_BYTES) return undefined;
  }
}

interface Walker {
  moveTo(at: number): void;
  position(): number;
  byte(): Promise<number>;
  integer(): Promise<number>;
  /** Bytes that were read from the file so far. */
  readBytes(): number;
}

/** Small reads at growing places, through a window. */
function walker(source: ByteSource, header: ArchiveHeader): Walker {
  let base = 0;
  let window: Buffer = Buffer.alloc(0);
  let at = 0;
  let total = 0;
  const need = async (length: number): Promise<Cursor> => {
    if (at < base || at + length > base + window.length) {
      base = at;
      window = await source.read(base, WINDOW_BYTES);
      total += window.length;
    }
    const cursor = new Cursor(window, at - base, header.integerBytes);
    at += length;
    return cursor;
  };
  return {
    moveTo: to => (at = to),
    position: () => at,
    byte: async () => (await need(1)).byte(),
    integer: async () => (await need(1 + header.integerBytes)).integer(),
    readBytes: () => total,
  };
}
