import { entropyOf } from '../../system/entropy.ts';
import { isEncrypted } from '../encrypted.ts';
import { NOISE, type NoBackup } from '../dump-files/look-around.ts';
import { PREFIX_BYTES, unwrapPrefix, wrappingOf, type OuterCompression } from '../dump-files/wrapping.ts';
import { HEADER_BYTES, KNOWN_READ_VERSION, readHeader, type SqliteHeader } from './header.ts';

/** A database by its first bytes. */
export interface SniffedDatabase {
  readonly kind: 'database';
  readonly compression: OuterCompression;
  readonly header: SqliteHeader;
}

const WANTED_BYTES = 4_096;
/** Nothing compressed, with a file name in it. */
const EMPTY_WRAPPED_BYTES = 64;
/** SQLCipher and its kin encrypt the header too. Four kilobytes of text, code or records have far less. */
const NOISE_BITS = 7.8;
const SMALLEST_PAGE = 512;

/** Looks at the beginning (`read` gives up to that many first bytes) of a file of `size` bytes. */
export async function sniff(size: number, read: (length: number) => Promise<Buffer>): Promise<SniffedDatabase | NoBackup> {
  if (size === 0) return { kind: 'empty' };
  const first = await read(WANTED_BYTES);
  const compression = wrappingOf(first);
  if (compression === 'other') return { kind: 'unsupported', what: 'bzip2' };
  if (compression === 'none') return sniffBytes(first, { compression, size });
  const opened = await unwrapPrefix(size > first.length ? await read(PREFIX_BYTES) : first, compression, WANTED_BYTES);
  if ('missing' in opened) return { kind: 'unsupported', what: `${opened.missing} is not installed` };
  if (opened.bytes.length === 0) return { kind: size <= EMPTY_WRAPPED_BYTES ? 'empty' : 'broken' };
  return sniffBytes(opened.bytes, { compression, size: null });
}

function sniffBytes(bytes: Buffer, of: { compression: OuterCompression; size: number | null }): SniffedDatabase | NoBackup {
  const header = readHeader(bytes);
  if (header !== undefined) {
    const { readVersion } = header;
    if (readVersion > KNOWN_READ_VERSION) return { kind: 'newer', known: KNOWN_READ_VERSION, found: readVersion };
    return { kind: 'database', compression: of.compression, header };
  }
  if (bytes.length < HEADER_BYTES && bytes.toString('latin1', 0, 13) === 'SQLite format') return { kind: 'broken' };
  if (isEncrypted(bytes)) return { kind: 'unsupported', what: 'encrypted' };
  const isWhole = of.size === null || of.size % SMALLEST_PAGE === 0;
  return isWhole && bytes.length === WANTED_BYTES && entropyOf(bytes) > NOISE_BITS
    ? { kind: 'unsupported', what: NOISE }
    : { kind: 'other' };
}
