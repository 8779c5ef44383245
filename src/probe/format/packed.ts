import { crc32, gunzipSync, inflateRawSync } from 'node:zlib';
import { must } from './text.ts';

/** What one file may unpack to in our memory. */
const MOST_BYTES = 512 << 20;

/** Unpacked to its end, with its checksum. */
export function gzip(bytes: Buffer): void {
  gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
}

const DIRECTORY_END = Buffer.from('504b0506', 'hex');
const DIRECTORY_ENTRY = 0x02014b50;
const MEMBER = 0x04034b50;
/** Where the fields of an archive are kept elsewhere because they are too large for here. */
const ELSEWHERE = 0xffffffff;
const ENCRYPTED = 1;

/** Its directory, and every member that it lists, with its checksum. */
export function zip(bytes: Buffer): void {
  const end = bytes.lastIndexOf(DIRECTORY_END);
  must(end >= 0 && end + 22 <= bytes.length, 'its directory');
  const members = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  let budget = MOST_BYTES;
  for (let count = 0; count < members; count += 1) {
    must(at + 46 <= bytes.length && bytes.readUInt32LE(at) === DIRECTORY_ENTRY, 'an entry');
    budget -= member(bytes, at, budget);
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
}

/** Gives the bytes that it has unpacked. */
function member(bytes: Buffer, entry: number, budget: number): number {
  const from = bytes.readUInt32LE(entry + 42);
  if (from === ELSEWHERE) return 0;
  must(from + 30 <= bytes.length && bytes.readUInt32LE(from) === MEMBER, 'a member');
  const begin = from + 30 + bytes.readUInt16LE(from + 26) + bytes.readUInt16LE(from + 28);
  const [packed, size] = [bytes.readUInt32LE(entry + 20), bytes.readUInt32LE(entry + 24)];
  must(begin + packed <= bytes.length, 'its bytes');
  const method = bytes.readUInt16LE(entry + 10);
  const sealed = (bytes.readUInt16LE(entry + 8) & ENCRYPTED) !== 0;
  if (sealed || size > budget || (method !== 0 && method !== 8)) return 0;
  const stored = bytes.subarray(begin, begin + packed);
  const content = method === 0 ? stored : inflateRawSync(stored, { maxOutputLength: Math.max(1, size) });
  must(content.length === size && crc32(content) === bytes.readUInt32LE(entry + 16), 'its checksum');
  return size;
}
