import { isPageAt, PAGE_BYTES, pageHeaderBytes, readSegmentHeader, remainderAt, type SegmentHeader } from './wal-segment.ts';

/** What one segment holds, record by record. */
export interface SegmentContent {
  /** Commit time of the last transaction in it (ISO, ms); `null`: no transaction ended in it. */
  readonly lastCommitAt: string | null;
  /** Position after the last whole record: as far as replaying this segment, and no later one, can get. */
  readonly end: bigint;
  /** `whole`: it is followed without a break by the next one; `open`: nothing was written after `end`; `broken`: there is more, which cannot be read. */
  readonly state: 'whole' | 'open' | 'broken';
}

const RECORD_HEADER_BYTES = 24;
const XLOG = 0;
const SWITCH = 0x40;
const TRANSACTION = 1;
const COMMITS: readonly number[] = [0x00, 0x30];
/** Microseconds from 1970 to the year 2000, from which the server counts. */
const EPOCH_US = 946_684_800_000_000n;

interface Reading {
  readonly segment: Buffer;
  readonly header: SegmentHeader;
}

/** Walks through all records of a segment and proves each by its checksum. `undefined`: it is no segment. */
export function readRecords(segment: Buffer): SegmentContent | undefined {
  const header = readSegmentHeader(segment);
  if (header === undefined) return undefined;
  const reading = { segment, header };
  const positionAt = (offset: number): bigint => header.position + BigInt(offset);
  let lastCommitAt: string | null = null;
  let at = firstRecord(reading);
  let before: bigint | undefined;
  // The record that began in an earlier segment goes on beyond this one.
  if (at === undefined) return { lastCommitAt, end: header.position, state: 'whole' };
  for (;;) {
    if (at >= segment.length) return { lastCommitAt, end: positionAt(segment.length), state: 'whole' };
    const begin = beginOf(at);
    const record = recordAt(reading, begin, before);
    if (record === 'beyond') return { lastCommitAt, end: positionAt(at), state: 'whole' };
    if (record === undefined) return { lastCommitAt, end: positionAt(at), state: goesOn(reading, at) ? 'broken' : 'open' };
    if (record.bytes[17] === TRANSACTION) lastCommitAt = commitTime(record.bytes) ?? lastCommitAt;
    before = positionAt(begin);
    const switched = record.bytes[17] === XLOG && ((record.bytes[16] ?? 0) & 0xf0) === SWITCH;
    at = switched ? segment.length : Math.ceil(record.next / 8) * 8;
  }
}

/** Offset of the first record that begins in the segment; undefined if none does. */
function firstRecord(reading: Reading): number | undefined {
  const rest = remainderAt(reading.segment, 0);
  if (rest === 0) return pageHeaderBytes(0);
  const skipped = piecesFrom(reading, pageHeaderBytes(0), rest);
  return skipped === undefined ? undefined : Math.ceil(skipped.next / 8) * 8;
}

interface Pieces {
  readonly bytes: Buffer;
  /** Offset of the first byte after them. */
  readonly next: number;
}

/** Bytes of a record, which go on after the header of each page. Undefined if they are not all in this segment. */
function piecesFrom({ segment, header }: Reading, from: number, length: number): Pieces | undefined {
  const parts: Buffer[] = [];
  let at = from;
  for (let left = length; left > 0;) {
    if (at >= segment.length) return undefined;
    if (at % PAGE_BYTES === 0) {
      if (!isPageAt(segment, at, header)) return undefined;
      at += pageHeaderBytes(at);
    }
    const part = segment.subarray(at, Math.min(at + left, Math.ceil((at + 1) / PAGE_BYTES) * PAGE_BYTES));
    parts.push(part);
    at += part.length;
    left -= part.length;
  }
  return { bytes: parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts), next: at };
}

/** On a new page a record begins after the header. */
function beginOf(at: number): number {
  return at % PAGE_BYTES === 0 ? at + pageHeaderBytes(at) : at;
}

/** The record at this offset, which names the one `before` it; `beyond`: it ends in the next segment; undefined: there is none that is whole. */
function recordAt(reading: Reading, begin: number, before: bigint | undefined): Pieces | 'beyond' | undefined {
  const { segment, header } = reading;
  if (!isPageAt(segment, Math.floor(begin / PAGE_BYTES) * PAGE_BYTES, header)) return undefined;
  // A record begins at a multiple of eight, so that its length is always on its first page.
  const length = segment.readUInt32LE(begin);
  if (length < RECORD_HEADER_BYTES || length > 2 ** 30) return undefined;
  const head = piecesFrom(reading, begin, RECORD_HEADER_BYTES)?.bytes;
  if (head !== undefined && before !== undefined && head.readBigUInt64LE(8) !== before) return undefined;
  const record = piecesFrom(reading, begin, length);
  if (record === undefined) return wouldEndBeyond(segment, begin, length) ? 'beyond' : undefined;
  const crc = crc32c(record.bytes.subarray(0, 20), crc32c(record.bytes.subarray(RECORD_HEADER_BYTES)));
  return (crc ^ 0xffffffff) >>> 0 === record.bytes.readUInt32LE(20) ? record : undefined;
}

/** With the headers of the pages in between. */
function wouldEndBeyond(segment: Buffer, begin: number, length: number): boolean {
  const pages = Math.ceil(length / (PAGE_BYTES - pageHeaderBytes(PAGE_BYTES)));
  return begin + length + pages * pageHeaderBytes(PAGE_BYTES) > segment.length;
}

/** Whether pages of this very stretch of the log follow: what was reused of an older segment has other positions, and new ones are zeros. */
function goesOn({ segment, header }: Reading, at: number): boolean {
  const page = Math.floor(at / PAGE_BYTES) * PAGE_BYTES;
  if (isPageAt(segment, page + PAGE_BYTES, header)) return true;
  return isPageAt(segment, page, header) && segment.subarray(at, page + PAGE_BYTES).some(byte => byte !== 0);
}

/** The moment that a commit record holds; undefined for any other record of a transaction. */
function commitTime(record: Buffer): string | undefined {
  if (!COMMITS.includes((record[16] ?? 0) & 0x70)) return undefined;
  let at = RECORD_HEADER_BYTES;
  // What may stand before its data: where it came from (replication), and the transaction that it is part of.
  for (let id = record[at]; id === 0xfd || id === 0xfc; id = record[at]) at += id === 0xfd ? 3 : 5;
  const data = record[at] === 0xff ? at + 2 : record[at] === 0xfe ? at + 5 : undefined;
  if (data === undefined || data + 8 > record.length) return undefined;
  return new Date(Number((record.readBigInt64LE(data) + EPOCH_US) / 1_000n)).toISOString();
}

const CRC_TABLE = new Uint32Array(256).map((_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ 0x82f63b78;
  return crc >>> 0;
});

/** CRC-32C as the log uses it, without the last inversion, so that it can be continued. */
function crc32c(bytes: Buffer, start = 0xffffffff): number {
  let crc = start;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return crc >>> 0;
}
