/** What the shared memory beside a database in use says of its log (sqlite.org/walformat.html, section 2). */
export interface WalIndex {
  /** Salts of the round that it describes, hex. */
  readonly round: string;
  /** Pages in the log up to the last commit. */
  readonly committed: number;
  /** Of these, pages that are in the database itself already. */
  readonly moved: number;
}

export const INDEX_BYTES = 136;
const FORMAT = 3_007_000;

/** Undefined: it says nothing that could be relied on. It is written in the byte order of its machine. */
export function readWalIndex(bytes: Buffer): WalIndex | undefined {
  if (bytes.length < INDEX_BYTES) return undefined;
  const isLittle = bytes.readUInt32LE(0) === FORMAT;
  if (!isLittle && bytes.readUInt32BE(0) !== FORMAT) return undefined;
  // Two copies of the header differ while it is being written.
  if (bytes[12] !== 1 || !bytes.subarray(0, 48).equals(bytes.subarray(48, 96))) return undefined;
  const number = (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  return { round: bytes.toString('hex', 32, 40), committed: number(16), moved: number(96) };
}
