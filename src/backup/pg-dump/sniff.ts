import { bufferSource } from '../../system/range.ts';
import { isEncrypted } from '../encrypted.ts';
import { ARCHIVE_MAGIC, HEADER_BYTES, parseArchiveHeader, type ArchiveHeader } from './archive-header.ts';
import { readToc } from './archive-toc.ts';
import { ArchiveError } from './cursor.ts';
import type { DumpFormat } from './handle.ts';
import { holdsDatabases, isClusterDump, isPlainDump, parsePlainHeader, type PlainHeader } from './plain-header.ts';
import { PREFIX_BYTES, unwrapPrefix, wrappingOf, type OuterCompression } from '../dump-files/wrapping.ts';

/** A dump by its first bytes. `problem`: it begins like one and then its header cannot be read. */
export interface SniffedDump {
  readonly kind: 'dump';
  readonly format: DumpFormat;
  readonly compression: OuterCompression;
  readonly archive: ArchiveHeader | null;
  readonly plain: PlainHeader | null;
  readonly createDatabase: string | null;
  readonly encoding: string | null;
  readonly problem: ArchiveError | null;
}

/** What a file is by its bytes; its name was not asked. `unsupported`: perhaps a good backup, but not one that can be opened here. */
export type Sniffed =
  | SniffedDump
  | { readonly kind: 'globals' | 'empty' | 'broken' | 'other' }
  | {
      readonly kind: 'unsupported';
      readonly what: 'encrypted' | 'pg_dumpall' | 'bzip2' | 'tar of other files' | 'zstd is not installed' | 'xz is not installed';
    };

/** Empty input compressed: 13 to 32 bytes, a little more with a file name in it. */
const LEAST_WRAPPED_BYTES = 13;
const EMPTY_WRAPPED_BYTES = 64;
const WANTED_BYTES = 65_536;
/** ENCODING, STDSTRINGS, SEARCHPATH and DATABASE come first. */
const FIRST_ENTRIES = 6;

/** Looks at the beginning (`read` gives up to that many first bytes) of a file of `size` bytes. */
export async function sniff(size: number, read: (length: number) => Promise<Buffer>): Promise<Sniffed> {
  if (size === 0) return { kind: 'empty' };
  const first = await read(WANTED_BYTES);
  const wrapping = wrappingOf(first);
  if (wrapping === 'other') return { kind: 'unsupported', what: 'bzip2' };
  if (wrapping === 'none') return sniffContent(first, 'none');
  const prefix = size > first.length ? await read(PREFIX_BYTES) : first;
  const opened = await unwrapPrefix(prefix, wrapping, WANTED_BYTES);
  if ('missing' in opened)
    return { kind: 'unsupported', what: opened.missing === 'zstd' ? 'zstd is not installed' : 'xz is not installed' };
  if (opened.bytes.length === 0) return { kind: size >= LEAST_WRAPPED_BYTES && size <= EMPTY_WRAPPED_BYTES ? 'empty' : 'broken' };
  return sniffContent(opened.bytes, wrapping);
}

async function sniffContent(bytes: Buffer, compression: OuterCompression): Promise<Sniffed> {
  if (bytes.toString('latin1', 0, 5) === ARCHIVE_MAGIC) return sniffArchive(bytes, { format: 'custom', compression });
  if (isTar(bytes)) return sniffTar(bytes, compression);
  if (isEncrypted(bytes)) return { kind: 'unsupported', what: 'encrypted' };
  const text = bytes.toString('utf8');
  if (isClusterDump(text)) return holdsDatabases(text) ? { kind: 'unsupported', what: 'pg_dumpall' } : { kind: 'globals' };
  if (!isPlainDump(text)) return { kind: 'other' };
  const plain = parsePlainHeader(text);
  return {
    kind: 'dump',
    format: 'plain',
    compression,
    archive: null,
    plain,
    createDatabase: plain.createDatabase,
    encoding: plain.encoding,
    problem: null,
  };
}

function isTar(bytes: Buffer): boolean {
  return bytes.toString('latin1', 257, 262) === 'ustar';
}

/** pg_dump writes `toc.dat` first. */
async function sniffTar(bytes: Buffer, compression: OuterCompression): Promise<Sniffed> {
  const name = bytes.toString('latin1', 0, 100).split('\0')[0];
  return name === 'toc.dat'
    ? sniffArchive(bytes.subarray(512), { format: 'tar', compression })
    : { kind: 'unsupported', what: 'tar of other files' };
}

/** The beginning of `toc.dat` of a directory dump. */
export async function sniffDirectory(size: number, toc: Buffer): Promise<Sniffed> {
  if (size === 0) return { kind: 'empty' };
  if (toc.toString('latin1', 0, 5) !== ARCHIVE_MAGIC) return { kind: 'broken' };
  return sniffArchive(toc, { format: 'directory', compression: 'none' });
}

async function sniffArchive(bytes: Buffer, as: { format: DumpFormat; compression: OuterCompression }): Promise<SniffedDump> {
  const none = { kind: 'dump', ...as, plain: null, archive: null, createDatabase: null, encoding: null, problem: null } as const;
  try {
    const archive = parseArchiveHeader(bytes.subarray(0, HEADER_BYTES));
    return { ...none, archive, ...(await firstEntries(bytes, archive)) };
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    return { ...none, problem: error };
  }
}

/** What the archive says of its database. A table of contents that cannot be read is found by the checks after fetching. */
async function firstEntries(bytes: Buffer, archive: ArchiveHeader): Promise<Pick<SniffedDump, 'createDatabase' | 'encoding'>> {
  const said: { createDatabase: string | null; encoding: string | null } = { createDatabase: null, encoding: null };
  try {
    let seen = 0;
    for await (const { kind, definition } of readToc(bufferSource(bytes), archive)) {
      if (kind === 'DATABASE') said.createDatabase = definition;
      if (kind === 'ENCODING') said.encoding = /'([A-Za-z0-9_-]{1,40})'/.exec(definition ?? '')?.[1] ?? null;
      if (++seen >= FIRST_ENTRIES) break;
    }
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
  }
  return said;
}
