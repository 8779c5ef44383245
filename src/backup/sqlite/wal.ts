import type { ByteSource } from '../../system/range.ts';

/** A write-ahead log by its own checksums (sqlite.org/fileformat2.html, section 4). */
export interface WalRead {
  /** Salts of this round of the log, hex; empty if it holds nothing. */
  readonly round: string;
  /** Pages up to the last commit that can be used. */
  readonly committed: number;
  /** A page of this round is damaged or cut off. */
  readonly torn: boolean;
  /** Pages of this round that lie behind a damaged one: SQLite does not see them. */
  readonly lost: number;
}

const HEADER_BYTES = 32;
const FRAME_BYTES = 24;
const MAGIC = 0x377f0682;
const NOTHING: WalRead = { round: '', committed: 0, torn: false, lost: 0 };
const READ_BYTES = 4 << 20;

/** Reads all of it. Undefined: it is no log, or its header is damaged. */
export async function readWal(source: ByteSource): Promise<WalRead | undefined> {
  if (source.size === 0) return NOTHING;
  const head = await source.read(0, HEADER_BYTES);
  // A log that was begun anew and not written to yet is filled with zeros, or shorter than its header.
  if (head.every(byte => byte === 0)) return NOTHING;
  if (head.length < HEADER_BYTES) return { ...NOTHING, torn: true };
  const bigEndian = head.readUInt32BE(0) === MAGIC + 1;
  if (!bigEndian && head.readUInt32BE(0) !== MAGIC) return undefined;
  const sum = new Sum(bigEndian);
  sum.add(head.subarray(0, 24));
  return sum.is(head.readUInt32BE(24), head.readUInt32BE(28)) ? readFrames(source, head, sum) : undefined;
}

async function readFrames(source: ByteSource, head: Buffer, sum: Sum): Promise<WalRead> {
  const length = FRAME_BYTES + head.readUInt32BE(8);
  const round = head.toString('hex', 16, 24);
  const perRead = Math.max(1, Math.floor(READ_BYTES / length));
  let [committed, seen, lost, torn] = [0, 0, 0, false];
  for (let at = HEADER_BYTES; at < source.size; at += perRead * length) {
    const bytes = await source.read(at, perRead * length);
    for (let from = 0; from < bytes.length; from += length) {
      const frame = bytes.subarray(from, from + length);
      // What an earlier round left behind the end of this one.
      if (frame.length >= 16 && frame.toString('hex', 8, 16) !== round) {
        if (!torn) return { round, committed, torn, lost };
        continue;
      }
      if (torn) lost += 1;
      else if (frame.length < length || !sum.takes(frame)) torn = true;
      else {
        seen += 1;
        if (frame.readUInt32BE(4) !== 0) committed = seen;
      }
    }
  }
  return { round, committed, torn, lost };
}

/** The checksum that runs through the whole log. */
class Sum {
  readonly #bigEndian: boolean;
  #first = 0;
  #second = 0;

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian;
  }

  add(bytes: Buffer): void {
    let [first, second] = [this.#first, this.#second];
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const left = this.#bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
      const right = this.#bigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4);
      first = (first + left + second) >>> 0;
      second = (second + right + first) >>> 0;
    }
    [this.#first, this.#second] = [first, second];
  }

  is(first: number, second: number): boolean {
    return this.#first === first && this.#second === second;
  }

  /** Goes on over one frame; false if that does not bear the right sum. */
  takes(frame: Buffer): boolean {
    this.add(frame.subarray(0, 8));
    this.add(frame.subarray(FRAME_BYTES));
    return this.is(frame.readUInt32BE(16), frame.readUInt32BE(20));
  }
}
