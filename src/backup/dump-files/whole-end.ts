import type { ByteSource } from '../../system/range.ts';
import { gzipEnd, GZIP_TAIL_BYTES } from './gzip-end.ts';
import type { OuterCompression } from './wrapping.ts';
import { hasContentChecksum } from './lz4.ts';
import { xzWhole } from './whole-wrapping.ts';

/** Blocks of zstd hold at most so much. */
const ZSTD_BLOCK_BYTES = 131_072;
/** One alone may be there by chance, three in a row are not. */
const ZSTD_BLOCKS = 3;
/** Blocks that are not compressed are short where the content is text. */
const ZSTD_RAW_BYTES = 1_024;
const CHECKSUM_BYTES = 4;

/**
 * What the last bytes alone say of a file that is too large to be followed to its end: true if they are such as a program leaves that
 * came to its end. By chance hardly any cut file passes. False is a reason to read all of it.
 */
export async function endsWell(
  source: ByteSource,
  as: { compression: Exclude<OuterCompression, 'none'>; finished: string | null },
): Promise<boolean> {
  if (as.compression === 'gzip') return gzipEndsWell(source, as.finished);
  if (as.compression === 'zstd') return zstdEndsWell(source);
  if (as.compression === 'lz4') return lz4EndsWell(source);
  return (await xzWhole(source)).says === 'whole';
}

async function gzipEndsWell(source: ByteSource, finished: string | null): Promise<boolean> {
  const content = gzipEnd(await tail(source, GZIP_TAIL_BYTES));
  return content !== undefined && (finished === null || content.includes(finished));
}

/** The last blocks, each of the length that it says, the last one marked as such; before the checksum. */
async function zstdEndsWell(source: ByteSource): Promise<boolean> {
  const hasChecksum = (((await source.read(4, 1))[0] ?? 0) & 4) !== 0;
  const all = await tail(source, ZSTD_BLOCKS * (ZSTD_BLOCK_BYTES + 3) + CHECKSUM_BYTES);
  return isChain(all, { end: all.length - (hasChecksum ? CHECKSUM_BYTES : 0), blocks: ZSTD_BLOCKS, isLast: true });
}

/** Whether so many blocks stand one after the other before this place. */
function isChain(bytes: Buffer, { end, blocks, isLast }: { end: number; blocks: number; isLast: boolean }): boolean {
  if (blocks === 0) return true;
  for (let at = end - 3; at >= Math.max(0, end - ZSTD_BLOCK_BYTES - 3); at -= 1) {
    const word = bytes.readUIntLE(at, 3);
    const size = ((word >> 1) & 3) === 1 ? 1 : word >> 3;
    if ((word & 1) !== Number(isLast) || at + 3 + size !== end || !isBlock((word >> 1) & 3, bytes.subarray(at + 3, end))) continue;
    if (isChain(bytes, { end: at, blocks: blocks - 1, isLast: false })) return true;
  }
  return false;
}

function isBlock(type: number, content: Buffer): boolean {
  if (type === 0) return content.length <= ZSTD_RAW_BYTES || content.length === ZSTD_BLOCK_BYTES;
  return type === 1 || (type === 2 && literalsFit(content));
}

/** The block says how much of it are literals: less than all of it (RFC 8878, section 3.1.1.3.1). */
function literalsFit(block: Buffer): boolean {
  if (block.length < 3) return false;
  const format = ((block[0] ?? 0) >> 2) & 3;
  const word = block.length >= 5 ? block.readUIntLE(0, 5) : block.readUIntLE(0, 3);
  if (((block[0] ?? 0) & 3) < 2) {
    const header = [1, 2, 1, 3][format] ?? 1;
    const size = Math.floor((word % 2 ** (header * 8)) / (header === 1 ? 8 : 16));
    return header + (((block[0] ?? 0) & 3) === 1 ? 1 : size) < block.length;
  }
  const width = [10, 10, 14, 18][format] ?? 10;
  const size = Math.floor(word / 2 ** (4 + width)) % 2 ** width;
  return ([3, 3, 4, 5][format] ?? 3) + size < block.length;
}

/** A block of no bytes, then the checksum of the content if there is one. */
async function lz4EndsWell(source: ByteSource): Promise<boolean> {
  const head = await source.read(0, 19);
  const end = await tail(source, 8);
  const at = hasContentChecksum(head) ? 0 : 4;
  return end.length === 8 && end.readUInt32LE(at) === 0;
}

function tail(source: ByteSource, bytes: number): Promise<Buffer> {
  return source.read(Math.max(0, source.size - bytes), bytes);
}
