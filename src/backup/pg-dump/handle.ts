import type { OuterCompression } from '../dump-files/wrapping.ts';

/** How the archive itself is built. */
export type DumpFormat = 'custom' | 'directory' | 'tar' | 'plain';

/** What `restore` must know of the staged bytes. It comes from the bytes, never from a name in the store. */
export interface PgDumpHandle {
  readonly format: DumpFormat;
  /** Outer wrapping; always `none` for `custom` read directly and for `directory`. */
  readonly compression: OuterCompression;
  /** Name within the staging folder: `dump` for one file, `dump.dir` for the folder of a directory dump (`toc.dat`, `<n>.dat…`, `blobs…`). */
  readonly file: string;
  /** `globals.sql` (uncompressed output of pg_dumpall --globals-only), or `null` if none was found. */
  readonly globals: string | null;
  /** Version of pg_dump, as the archive says it, e.g. `15.18 (Debian …)`. `null`: it does not say. */
  readonly dumpVersion: string | null;
  /** Major version of the server that was dumped. `null`: it does not say. */
  readonly serverMajor: number | null;
  /** Archive version, e.g. `1.14`. `null` for a plain dump. */
  readonly archiveVersion: string | null;
  /** Name of the database that was dumped. `null`: it does not say. */
  readonly dbname: string | null;
  /** The plan's word: `required` makes roles that are in no backup a failure. */
  readonly roles?: 'required' | 'optional';
}

/** The handle as it came out of JSON or of another process. */
export function readHandle(handle: Readonly<Record<string, unknown>>): PgDumpHandle {
  return handle as unknown as PgDumpHandle;
}
