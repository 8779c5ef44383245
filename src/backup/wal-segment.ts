/** What the first page of a segment says of it. */
export interface SegmentHeader {
  /** Number of the format: each major version has its own. */
  readonly magic: number;
  readonly timeline: number;
  /** Position in the log of the segment's first byte. */
  readonly position: bigint;
  /** The cluster that wrote it. */
  readonly systemId: string;
  readonly segmentBytes: number;
}

/** Bytes of it that must be there to read the header. */
export const HEADER_BYTES = 40;
const PAGE_HEADER_BYTES = 24;
export const PAGE_BYTES = 8_192;
const LONG_HEADER = 0x0002;

const MAJOR_OF_MAGIC: ReadonlyMap<number, number> = new Map([
  [0xd101, 12],
  [0xd106, 13],
  [0xd10d, 14],
  [0xd110, 15],
  [0xd113, 16],
  [0xd116, 17],
  [0xd118, 18],
]);

/** `undefined`: these bytes are not the beginning of a segment of the write-ahead log. */
export function readSegmentHeader(first: Buffer): SegmentHeader | undefined {
  if (first.length < HEADER_BYTES) return undefined;
  const magic = first.readUInt16LE(0);
  const ours = magic >> 8 === 0xd1 && (first.readUInt16LE(2) & LONG_HEADER) !== 0 && first.readUInt32LE(36) === PAGE_BYTES;
  if (!ours) return undefined;
  return {
    magic,
    timeline: first.readUInt32LE(4),
    position: first.readBigUInt64LE(8),
    systemId: first.readBigUInt64LE(24).toString(),
    segmentBytes: first.readUInt32LE(32),
  };
}

/** Major version of the server that wrote it; undefined for one that is not known yet. */
export function majorOfSegment({ magic }: SegmentHeader): number | undefined {
  return MAJOR_OF_MAGIC.get(magic);
}

/** Header of the page that begins at `offset`, if it is the one that belongs there. */
export function isPageAt(segment: Buffer, offset: number, header: SegmentHeader): boolean {
  if (offset + PAGE_HEADER_BYTES > segment.length) return false;
  return segment.readUInt16LE(offset) === header.magic && segment.readBigUInt64LE(offset + 8) === header.position + BigInt(offset);
}

/** Bytes of the header of the page at this offset: the first one of a segment is longer. */
export function pageHeaderBytes(offset: number): number {
  return offset === 0 ? HEADER_BYTES : PAGE_HEADER_BYTES;
}

/** Bytes at the beginning of this page that still belong to a record of the page before. */
export function remainderAt(segment: Buffer, offset: number): number {
  return segment.readUInt32LE(offset + 16);
}
