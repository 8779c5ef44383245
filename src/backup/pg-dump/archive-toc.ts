import type { ByteSource } from '../../system/range.ts';
import type { ArchiveHeader } from './archive-header.ts';
import { ArchiveError, Cursor } from './cursor.ts';

/** One entry of the table of contents, as far as it matters before a restore. */
export interface TocEntry {
  readonly dumpId: number;
  /** `TABLE DATA`, `BLOBS`, `ENCODING`, … */
  readonly kind: string;
  readonly definition: string | null;
  /** The entry has data of its own somewhere. */
  readonly hasData: boolean;
  /** Custom: where its data begin; `null` if pg_dump could not seek back to write it (output into a pipe). */
  readonly dataAt: number | null;
  /** Directory and tar: the file of its data. */
  readonly file: string | null;
}

/** Custom archives mark an entry without data by this state; `2` means that the place is known. */
const STATE_KNOWN = 2;
const STATE_NO_DATA = 3;
const WINDOW_BYTES = 1 << 20;
const LARGEST_ENTRY = 64 << 20;

/** Entries in order, read through a window of about 1 MiB. Throws ArchiveError; the last value is the place after the table of contents. */
export async function* readToc(source: ByteSource, header: ArchiveHeader): AsyncGenerator<TocEntry, number> {
  let base = header.tocAt;
  let window = await source.read(base, WINDOW_BYTES);
  let position = 0;
  let left = header.entries;
  while (left > 0) {
    try {
      const cursor = new Cursor(window, position, header.integerBytes);
      const entry = parseEntry(cursor, header);
      position = cursor.position;
      left -= 1;
      yield entry;
    } catch (error) {
      // The window may just be too short for this entry: take one that begins with it.
      const complete = base + window.length >= source.size;
      if (!(error instanceof ArchiveError) || error.problem !== 'ends-early' || complete) throw error;
      const grown = position === 0 ? window.length * 4 : WINDOW_BYTES;
      if (grown > LARGEST_ENTRY) throw new ArchiveError('damaged', 'entry is impossibly large');
      base += position;
      position = 0;
      window = await source.read(base, grown);
    }
  }
  return base + position;
}

/** Fields in the order of pg_backup_archiver.c `ReadToc`, since archive version 1.10. */
function parseEntry(cursor: Cursor, header: ArchiveHeader): TocEntry {
  const dumpId = cursor.integer();
  const dumped = cursor.integer() !== 0;
  cursor.text(); // table oid
  cursor.text(); // oid
  cursor.text(); // tag: a name of the schema, not needed here
  const kind = cursor.text() ?? '';
  if (header.minor >= 11) cursor.integer(); // section
  const definition = cursor.text();
  cursor.text(); // drop statement
  cursor.text(); // copy statement
  cursor.text(); // schema
  cursor.text(); // tablespace
  if (header.minor >= 14) cursor.text(); // table access method
  if (header.minor >= 16) cursor.integer(); // kind of relation
  cursor.text(); // owner
  cursor.text(); // with oids
  while (cursor.text() !== null); // dependencies, ended by an absent text
  if (dumpId <= 0) throw new ArchiveError('damaged', 'entry has an impossible number');
  return { dumpId, kind, definition, ...placeOf(cursor, header, dumped) };
}

function placeOf(cursor: Cursor, header: ArchiveHeader, dumped: boolean): Pick<TocEntry, 'hasData' | 'dataAt' | 'file'> {
  if (header.kind === 'custom') {
    const { state, at } = cursor.offset(header.offsetBytes);
    return { hasData: dumped && state !== STATE_NO_DATA, dataAt: state === STATE_KNOWN ? at : null, file: null };
  }
  const file = cursor.text();
  return { hasData: dumped && file !== null && file !== '', dataAt: null, file: file === '' ? null : file };
}
