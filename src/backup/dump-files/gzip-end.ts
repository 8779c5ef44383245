import { inflateRawSync } from 'node:zlib';

/** zlib ends a block after 16,383 symbols, which take less than 100 KB; hardly any other compressor makes them larger than this. */
export const GZIP_TAIL_BYTES = 1 << 18;
/** CRC-32 and length of the content. */
const TRAILER_BYTES = 8;
/** A shorter one may be chance. */
const LEAST_CONTENT = 256;
const MOST_CONTENT = 256 << 20;
/** What stood before the block is not known: zeros stand for it, so that references into it can be followed. */
const BEFORE = Buffer.alloc(32_768);
/** In which order the lengths of the code of code lengths are written (RFC 1951, section 3.2.7). */
const LENGTH_ORDER = 19;

/**
 * Looks for the last block of a gzip file in its last bytes: one that is marked as last, makes sense, and ends exactly before the trailer.
 * A file that was cut has none, wherever it was cut. A last block in the fixed code, which is short, is not looked for: too many places look
 * like one. Gives the content of that block (with zeros where it repeats what was before it), or
 * undefined if there is none.
 */
export function gzipEnd(tail: Buffer): Buffer | undefined {
  const end = tail.length - TRAILER_BYTES;
  const shifted = shiftedBy(tail);
  for (let bit = end * 8 - 3; bit >= 0; bit -= 1) {
    if ((((tail[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 0 || !beginsLastBlock(tail, bit, end)) continue;
    const content = contentFrom(shifted[bit & 7]?.() ?? tail, { bit, end });
    if (content !== undefined) return content;
  }
  return undefined;
}

/** The same bytes, from the bit that the index names on; each made when it is first asked for. */
function shiftedBy(tail: Buffer): readonly (() => Buffer)[] {
  const made: Buffer[] = [];
  return Array.from({ length: 8 }, (_, by) => () => (made[by] ??= shift(tail, by)));
}

function shift(tail: Buffer, by: number): Buffer {
  if (by === 0) return tail;
  const out = Buffer.allocUnsafe(tail.length);
  for (let index = 0; index < tail.length; index += 1) out[index] = ((tail[index] ?? 0) >> by) | ((tail[index + 1] ?? 0) << (8 - by));
  return out;
}

/** Cheap questions first: of a million places a few hundred are left to be tried. */
function beginsLastBlock(tail: Buffer, bit: number, end: number): boolean {
  const header = bitsAt(tail, bit, 3);
  if (header === 0b101) return isDynamicHeader(tail, bit + 3);
  if (header !== 0b001) return false;
  const at = Math.ceil((bit + 3) / 8);
  return at + 4 <= end && at + 4 + tail.readUInt16LE(at) === end && (tail.readUInt16LE(at) ^ tail.readUInt16LE(at + 2)) === 0xffff;
}

/** Numbers of codes within their bounds, and a code of code lengths that is complete. */
function isDynamicHeader(tail: Buffer, bit: number): boolean {
  if (bitsAt(tail, bit, 5) > 29 || bitsAt(tail, bit + 5, 5) > 29) return false;
  const lengths = Math.min(LENGTH_ORDER, bitsAt(tail, bit + 10, 4) + 4);
  let room = 0;
  for (let index = 0; index < lengths; index += 1) {
    const length = bitsAt(tail, bit + 14 + index * 3, 3);
    if (length > 0) room += 128 >> length;
  }
  return room === 128;
}

function bitsAt(tail: Buffer, bit: number, count: number): number {
  const at = bit >> 3;
  return ((((tail[at + 1] ?? 0) << 8) | (tail[at] ?? 0)) >> (bit & 7)) & ((1 << count) - 1);
}

/** The block alone, without what stands behind it. If it makes sense only by bits from there, it does not with others in their place. */
function contentFrom(bytes: Buffer, { bit, end }: { bit: number; end: number }): Buffer | undefined {
  const block = bytes.subarray(bit >> 3, end);
  const content = opened(block, { bit, end });
  const foreign = bit & 7;
  if (content === undefined || foreign === 0) return content;
  const other = Buffer.from(block);
  other[other.length - 1] = (other[other.length - 1] ?? 0) ^ (0xff & ~(0xff >> foreign));
  return opened(other, { bit, end });
}

function opened(block: Buffer, { bit, end }: { bit: number; end: number }): Buffer | undefined {
  try {
    const inflated = inflateRawSync(block, { dictionary: BEFORE, maxOutputLength: MOST_CONTENT, info: true }) as unknown as Inflated;
    const reached = bit + inflated.engine.bytesWritten * 8;
    return reached > (end - 1) * 8 && inflated.buffer.length >= LEAST_CONTENT ? inflated.buffer : undefined;
  } catch {
    return undefined;
  }
}

/** What zlib gives with `info`. */
interface Inflated {
  readonly buffer: Buffer;
  /** `bytesWritten`: of the input that were used. */
  readonly engine: { readonly bytesWritten: number };
}
