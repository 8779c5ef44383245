import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../system/range.ts';
import { frameHeaderBytes, hasBlockChecksum, hasContentChecksum } from './lz4.ts';
import { bad, cutOff, UNTOLD, WHOLE, type Whole } from './whole.ts';
import type { OuterCompression } from './wrapping.ts';

/** Blocks of zstd and lz4 are followed by their lengths; so many are enough for about a hundred gigabytes. */
const MOST_BLOCKS = 2_000_000;

/** What is wrapped around a file, by its own marks. Of gzip only its content can tell. */
export function wrappingWhole(wrapping: Exclude<OuterCompression, 'none'>, source: ByteSource): Promise<Whole> {
  return WRAPPINGS[wrapping](source);
}

const WRAPPINGS: Readonly<Record<Exclude<OuterCompression, 'none'>, (source: ByteSource) => Promise<Whole>>> = {
  gzip: () => Promise.resolve(WHOLE),
  zstd: zstdWhole,
  lz4: lz4Whole,
  xz: xzWhole,
};

/** Frames of zstd from block to block: the last one must end where the file does. Needs only their headers. */
export async function zstdWhole(source: ByteSource): Promise<Whole> {
  let at = 0;
  for (let blocks = 0; at < source.size;) {
    const head = await source.read(at, 18);
    if (head.length < 8) return cutOff(null, source.size);
    if ((head.readUInt32LE(0) & 0xfffffff0) >>> 0 === 0x184d2a50) {
      at += 8 + head.readUInt32LE(4);
      continue;
    }
    if (head.readUInt32LE(0) !== 0xfd2fb528) return bad('backup.damaged');
    at += zstdHeaderBytes(head[4] ?? 0);
    for (let last = false; !last; blocks += 1) {
      const block = await source.read(at, 3);
      if (block.length < 3) return cutOff(null, source.size);
      const word = block.readUIntLE(0, 3);
      const type = (word >> 1) & 3;
      if (type === 3) return bad('backup.damaged');
      // A run of one byte repeated takes one byte, whatever its length.
      at += 3 + (type === 1 ? 1 : word >> 3);
      last = (word & 1) === 1;
      if (blocks > MOST_BLOCKS) return UNTOLD;
    }
    at += ((head[4] ?? 0) & 4) === 0 ? 0 : 4;
  }
  return at === source.size ? WHOLE : cutOff(at, source.size);
}

/** Magic and descriptor, window, dictionary id, content size. */
function zstdHeaderBytes(descriptor: number): number {
  const single = (descriptor & 0x20) !== 0;
  const contentFlag = descriptor >> 6;
  const content = contentFlag === 0 ? (single ? 1 : 0) : 2 ** contentFlag;
  return 5 + (single ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0) + content;
}

/** Frames of lz4 from block to block, to their end marks. */
export async function lz4Whole(source: ByteSource): Promise<Whole> {
  let at = 0;
  for (let blocks = 0; at < source.size;) {
    const head = await source.read(at, 19);
    if (head.length < 11) return cutOff(null, source.size);
    if (head.readUInt32LE(0) !== 0x184d2204) return bad('backup.damaged');
    at += frameHeaderBytes(head);
    for (;;) {
      const word = await source.read(at, 4);
      if (word.length < 4) return cutOff(null, source.size);
      at += 4;
      if (word.readUInt32LE(0) === 0) break;
      at += (word.readUInt32LE(0) & 0x7fffffff) + (hasBlockChecksum(head) ? 4 : 0);
      if (++blocks > MOST_BLOCKS) return UNTOLD;
    }
    at += hasContentChecksum(head) ? 4 : 0;
  }
  return at === source.size ? WHOLE : cutOff(at, source.size);
}

/** The footer of xz, its own checksum, and the index that it points back to. */
export async function xzWhole(source: ByteSource): Promise<Whole> {
  let end = source.size;
  // Padding: zero words.
  while (end >= 4 && (await source.read(end - 4, 4)).readUInt32LE(0) === 0) end -= 4;
  if (end < 24) return cutOff(null, source.size);
  const footer = await source.read(end - 12, 12);
  if (footer.toString('latin1', 10, 12) !== 'YZ') return cutOff(null, source.size);
  if (crc32(footer.subarray(4, 10)) !== footer.readUInt32LE(0)) return bad('backup.damaged');
  const indexBytes = (footer.readUInt32LE(4) + 1) * 4;
  const index = await source.read(end - 12 - indexBytes, indexBytes);
  if (index.length < indexBytes || index[0] !== 0) return bad('backup.damaged');
  return crc32(index.subarray(0, -4)) === index.readUInt32LE(indexBytes - 4) ? WHOLE : bad('backup.damaged');
}
