/** What the first hundred bytes of a database say (sqlite.org/fileformat2.html, section 1.3). */
export interface SqliteHeader {
  readonly pageBytes: number;
  /** 1: rollback journal, 2: write-ahead log; what is more than 2 is of a format that nobody knows yet. */
  readonly readVersion: number;
  /** Pages of the whole; 0 if what stands there is not of the last change. */
  readonly pages: number;
  readonly applicationId: number;
  /** SQLite that changed it last: 3040001 is 3.40.1. */
  readonly writer: number;
}

export const HEADER_BYTES = 100;
/** Of this format we know what it means. */
export const KNOWN_READ_VERSION = 2;
const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');

/** Undefined: no SQLite database. */
export function readHeader(bytes: Buffer): SqliteHeader | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const said = bytes.readUInt16BE(16);
  const pageBytes = said === 1 ? 65_536 : said;
  if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0) return undefined;
  const isOfLastChange = bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
  return {
    pageBytes,
    readVersion: bytes[19] ?? 0,
    pages: isOfLastChange ? bytes.readUInt32BE(28) : 0,
    applicationId: bytes.readUInt32BE(68),
    writer: bytes.readUInt32BE(96),
  };
}

export function usesWal({ readVersion }: Pick<SqliteHeader, 'readVersion'>): boolean {
  return readVersion === 2;
}
