import { crc32 } from 'node:zlib';
import type { ByteSource } from '../../system/range.ts';

/** One event of a binary log. */
export interface BinlogEvent {
  readonly type: number;
  readonly at: number;
  /** Position after it. */
  readonly end: number;
  /** Seconds since 1970, as all times of this log. */
  readonly time: number;
  readonly serverId: number;
  /** Its beginning, without header and checksum. */
  readonly body: Buffer;
}

/** `cut`: the file ends inside an event; `damaged`: an event contradicts its place or its checksum. */
export type FileState = 'whole' | 'cut' | 'damaged';

export const EVENT = {
  query: 2,
  stop: 3,
  rotate: 4,
  format: 15,
  xid: 16,
  tableMap: 19,
  xaPrepare: 38,
  gtid: 162,
  gtidList: 163,
  encryption: 164,
  compressedQuery: 165,
} as const;

const MAGIC = Buffer.from([0xfe, 0x62, 0x69, 0x6e]);
const HEADER_BYTES = 19;
const SUM_BYTES = 4;
/** Length of an event and its flags in the header. */
const [LENGTH_AT, NEXT_AT, FLAGS_AT] = [9, 13, 17];
/** Set while a server writes the file; its checksum is of the event without it. */
const IN_USE = 1;
const WINDOW_BYTES = 1 << 20;
const BODY_BYTES = 4_096;

/** Hands over each whole event in order. A large file is read once, in pieces. */
export async function readEvents(source: ByteSource, take: (event: BinlogEvent) => void): Promise<FileState> {
  const window = new Window(source);
  if (!(await window.bytes(0, MAGIC.length)).equals(MAGIC)) return source.size < MAGIC.length ? 'cut' : 'damaged';
  let summed = false;
  for (let at = MAGIC.length; at < source.size;) {
    const head = await window.bytes(at, HEADER_BYTES);
    if (head.length < HEADER_BYTES) return 'cut';
    const length = head.readUInt32LE(LENGTH_AT);
    const end = at + length;
    if (length < HEADER_BYTES || head.readUInt32LE(NEXT_AT) !== end % 2 ** 32) return 'damaged';
    if (end > source.size) return 'cut';
    const type = head.readUInt8(4);
    // The first event of a file says whether they carry checksums.
    if (type === EVENT.format) summed = (await window.bytes(end - SUM_BYTES - 1, 1)).readUInt8(0) === 1;
    if (summed && !(await isSound(window, { at, end, isFormat: type === EVENT.format }))) return 'damaged';
    const body = await window.bytes(at + HEADER_BYTES, Math.min(BODY_BYTES, length - HEADER_BYTES - (summed ? SUM_BYTES : 0)));
    take({ type, at, end, time: head.readUInt32LE(0), serverId: head.readUInt32LE(5), body: Buffer.from(body) });
    at = end;
  }
  return 'whole';
}

async function isSound(
  window: Window,
  { at, end, isFormat }: { readonly at: number; readonly end: number; readonly isFormat: boolean },
): Promise<boolean> {
  let sum = 0;
  for (let from = at; from < end - SUM_BYTES; from += WINDOW_BYTES) {
    const bytes = Buffer.from(await window.bytes(from, Math.min(WINDOW_BYTES, end - SUM_BYTES - from)));
    if (isFormat && from === at) bytes.writeUInt8(bytes.readUInt8(FLAGS_AT) & ~IN_USE, FLAGS_AT);
    sum = crc32(bytes, sum);
  }
  return (await window.bytes(end - SUM_BYTES, SUM_BYTES)).readUInt32LE(0) === sum;
}

/** The part of a file that is being read. */
class Window {
  readonly #source: ByteSource;
  #from = 0;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** Fewer only at the end of the file; overwritten by a later call. */
  async bytes(at: number, length: number): Promise<Buffer> {
    if (length <= 0) return Buffer.alloc(0);
    if (at < this.#from || at + length > this.#from + this.#bytes.length) {
      this.#bytes = await this.#source.read(at, Math.max(length, WINDOW_BYTES));
      this.#from = at;
    }
    return this.#bytes.subarray(at - this.#from, at - this.#from + length);
  }
}
