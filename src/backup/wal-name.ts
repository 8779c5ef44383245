/** Where a segment of the write-ahead log is: its timeline, and which one it is since the beginning of the log. */
export interface SegmentPlace {
  readonly timeline: number;
  readonly number: number;
}

/** Segments have 1 MiB to 1 GiB, by powers of two; servers make them of 16 MiB unless somebody asked for others. */
export const USUAL_SEGMENT_BYTES = 16 * 1024 * 1024;
const LOG_BYTES = 2 ** 32;

export function isSegmentSize(bytes: number): boolean {
  return bytes >= 2 ** 20 && bytes <= 2 ** 30 && Number.isInteger(Math.log2(bytes));
}

/** The 24 hexadecimal digits under which a server archives it. */
export function segmentName({ timeline, number }: SegmentPlace, segmentBytes: number): string {
  const each = LOG_BYTES / segmentBytes;
  return [timeline, Math.floor(number / each), number % each].map(hex8).join('');
}

/** `undefined` for what is no name of a segment, or not one of segments of this size. */
export function placeOfName(name: string, segmentBytes: number): SegmentPlace | undefined {
  const parts = /^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})$/
    .exec(name)
    ?.slice(1)
    .map(part => Number.parseInt(part, 16));
  const [timeline = 0, log = 0, segment = 0] = parts ?? [];
  const each = LOG_BYTES / segmentBytes;
  return timeline === 0 || segment >= each ? undefined : { timeline, number: log * each + segment };
}

/** A position in the log, such as `0/2000028`, in bytes since its beginning. */
export function positionOf(text: string): bigint | undefined {
  const parts = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  return parts === null ? undefined : (BigInt(`0x${parts[1] ?? '0'}`) << 32n) + BigInt(`0x${parts[2] ?? '0'}`);
}

export function positionText(position: bigint): string {
  return `${(position >> 32n).toString(16)}/${(position & 0xffffffffn).toString(16)}`.toUpperCase();
}

/** The segment that holds this position. */
export function segmentOf(position: bigint, segmentBytes: number): number {
  return Number(position / BigInt(segmentBytes));
}

function hex8(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
