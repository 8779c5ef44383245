import { z } from 'zod';

/**
 * A backup of Resurgam's own state (`resurgam state backup`), as one gzip file of lines: header, rows of each table in the header's order, and a last
 * line with the digest of everything before it. Since format 2 it says by itself what it takes to bring it back.
 */
export const STATE_FORMAT = 'resurgam-state/2';

/** One table: its rows follow in the order of their text, each as one line of JSON. */
const table = z.strictObject({
  columns: z.array(z.string()).min(1),
  rows: z.int().min(0),
  /** Over the lines of the rows, each with its line feed. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const every = {
  /** The rows are as of this moment, or a little later. */
  at: z.iso.datetime(),
  /** Newest step of the tables. */
  migration: z.int().min(1),
  tables: z.record(z.string(), table),
};
/** One step of the tables, as it was made in the server that was backed up. */
const step = z.strictObject({ number: z.int().min(1), name: z.string(), sql: z.string() });
const header = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('resurgam-state/1'), ...every }),
  z.strictObject({
    format: z.literal(STATE_FORMAT),
    ...every,
    /** Major version of PostgreSQL from which the rows came. */
    server: z.strictObject({ major: z.int().min(1) }),
    steps: z.array(step).readonly(),
  }),
]);
const trailer = z.strictObject({ end: z.literal(true), sha256: z.string() });

export type StateTable = z.infer<typeof table>;
export type StateStep = z.infer<typeof step>;
/** The first line. */
export type StateHeader = z.infer<typeof header>;

/**
 * `cut`: it ends before its end. `altered`: a digest differs. `damaged`: it contradicts itself. `foreign`: it is something else. `newer`: of a format
 * that only a later release knows. `too-long`: a line is longer than we are ready to hold.
 */
export type StateFault = 'cut' | 'altered' | 'damaged' | 'foreign' | 'newer' | 'too-long';

/** Why the bytes are no whole backup. */
export class BadStateBackup extends Error {
  override readonly name = 'BadStateBackup';
  readonly fault: StateFault;
  constructor(fault: StateFault, why: string, rest: { readonly cause?: unknown } = {}) {
    super(why, rest);
    this.fault = fault;
  }
}

/** The header in the first line. Throws BadStateBackup. */
export function readStateHeader(line: string): StateHeader {
  const value = parsedJson(line);
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  const number = /^resurgam-state\/(\d{1,4})$/.exec(typeof format === 'string' ? format : '')?.[1];
  if (number === undefined) throw new BadStateBackup('foreign', 'its first line is none of such a backup');
  if (Number(number) > 2) throw new BadStateBackup('newer', `it has format ${number}, newer than this release knows`);
  const read = header.safeParse(value);
  if (!read.success) throw new BadStateBackup('damaged', 'its first line is none of a backup that this release knows');
  return read.data;
}

/** The digest in the last line. Throws BadStateBackup. */
export function readStateTrailer(line: string): string {
  const read = trailer.safeParse(parsedJson(line));
  if (!read.success) throw new BadStateBackup('damaged', 'its last line is missing');
  return read.data.sha256;
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
