import { ArchiveError, Cursor } from './cursor.ts';
import type { LocalTime } from '../dump-files/created.ts';

/** What the first bytes of a custom archive or of a `toc.dat` say. */
export interface ArchiveHeader {
  /** Of the file: `toc.dat` of directory and tar dumps both say `tar`. */
  readonly kind: 'custom' | 'tar';
  /** For example `1.14`. */
  readonly version: string;
  /** Minor number alone, to compare with. */
  readonly minor: number;
  readonly integerBytes: number;
  readonly offsetBytes: number;
  readonly compression: 'none' | 'gzip' | 'lz4' | 'zstd';
  readonly created: LocalTime;
  readonly dbname: string | null;
  readonly serverVersion: string | null;
  readonly dumpVersion: string | null;
  /** Number of entries in the table of contents that follows, and where it begins. */
  readonly entries: number;
  readonly tocAt: number;
}

export const ARCHIVE_MAGIC = 'PGDMP';
/** Bytes that surely hold a header: names and versions are short. */
export const HEADER_BYTES = 16_384;
const OLDEST_MINOR = 10;
const NEWEST_MINOR = 16;
/** An entry takes at least so many bytes; more entries than that would be damage. */
const MOST_ENTRIES = 20_000_000;
const FORMATS: Readonly<Record<number, ArchiveHeader['kind']>> = { 1: 'custom', 3: 'tar' };
const ALGORITHMS = ['none', 'gzip', 'lz4', 'zstd'] as const;

/** Reads the header. Throws ArchiveError and nothing else, whatever the bytes are. */
export function parseArchiveHeader(bytes: Buffer): ArchiveHeader {
  if (bytes.toString('latin1', 0, ARCHIVE_MAGIC.length) !== ARCHIVE_MAGIC)
    throw new ArchiveError('not-an-archive', 'no PGDMP at the beginning');
  const start = new Cursor(bytes, ARCHIVE_MAGIC.length);
  const { version, minor } = parseVersion(start);
  const integerBytes = start.byte();
  const offsetBytes = start.byte();
  if (integerBytes < 1 || integerBytes > 32 || offsetBytes < 1 || offsetBytes > 32)
    throw new ArchiveError('damaged', 'impossible sizes of integers');
  const kind = FORMATS[start.byte()];
  if (kind === undefined) throw new ArchiveError('damaged', 'unknown kind of archive');
  const cursor = new Cursor(bytes, start.position, integerBytes);
  const compression = parseCompression(cursor, minor);
  const created = parseCreated(cursor);
  const dbname = cursor.text();
  const serverVersion = cursor.text();
  const dumpVersion = cursor.text();
  const entries = cursor.integer();
  if (entries < 0 || entries > MOST_ENTRIES) throw new ArchiveError('damaged', 'impossible number of entries');
  return {
    kind,
    version,
    minor,
    integerBytes,
    offsetBytes,
    compression,
    created,
    dbname,
    serverVersion,
    dumpVersion,
    entries,
    tocAt: cursor.position,
  };
}

/** Archive versions since PostgreSQL 8.0; a newer one may mean anything, so nothing after it is read. */
function parseVersion(cursor: Cursor): { version: string; minor: number } {
  const major = cursor.byte();
  const minor = cursor.byte();
  cursor.byte();
  const version = `${major}.${minor}`;
  if (major !== 1 || minor > NEWEST_MINOR) {
    // A version byte that PostgreSQL will not reach for decades is a damaged one; the next few are a newer pg_dump.
    if (major > 2 || major === 0) throw new ArchiveError('damaged', 'impossible archive version', version);
    throw new ArchiveError('newer-format', 'archive version is newer than known', version);
  }
  if (minor < OLDEST_MINOR) throw new ArchiveError('damaged', 'archive version is older than any that can be restored', version);
  return { version, minor };
}

/** The newest archive version that is known here, as a text. */
export const NEWEST_ARCHIVE = `1.${NEWEST_MINOR}`;

function parseCompression(cursor: Cursor, minor: number): ArchiveHeader['compression'] {
  if (minor < 15) return cursor.integer() === 0 ? 'none' : 'gzip';
  const algorithm = ALGORITHMS[cursor.byte()];
  if (algorithm === undefined) throw new ArchiveError('damaged', 'unknown compression');
  return algorithm;
}

function parseCreated(cursor: Cursor): LocalTime {
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0, year = 0] = Array.from({ length: 7 }, () => cursor.integer());
  const possible = [
    [second, 0, 60],
    [minute, 0, 59],
    [hour, 0, 23],
    [day, 1, 31],
    [month, 0, 11],
    [year, 100, 300],
  ].every(([value = -1, least = 0, most = 0]) => value >= least && value <= most);
  if (!possible) throw new ArchiveError('damaged', 'impossible time of creation');
  return { year: year + 1900, month: month + 1, day, hour, minute, second };
}

/** Major version in a version text such as `15.18 (Debian …)`, `9.6.24` (9) or `18beta1`; `null` if there is none. */
export function majorOf(version: string | null): number | null {
  const digits = /^(\d{1,3})(?![\d])/.exec(version ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
