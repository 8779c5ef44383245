import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { createReadStream, createWriteStream, link, rm, syncFolder } from '../../system/files.ts';
import { StoreError, storeError } from '../error.ts';

export const FORMAT = 'resurgam-state/1';

/** One table in a backup: its rows follow in the order of their text, each as one line of JSON. */
const tableSchema = z.strictObject({
  columns: z.array(z.string()).min(1),
  rows: z.int().min(0),
  /** Over the lines of the rows, each with its line feed. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  at: z.string(),
  /** Newest step of the tables. */
  migration: z.int().min(1),
  tables: z.record(z.string(), tableSchema),
});
const trailerSchema = z.strictObject({ end: z.literal(true), sha256: z.string() });

export type BackupTable = z.infer<typeof tableSchema>;
/** The first line. The tables' rows follow in this order. */
export type BackupHeader = z.infer<typeof headerSchema>;

/**
 * Writes a backup: header, rows, and a last line with the digest of everything before it, as one gzip file. Whole or not at all, readable by its
 * owner alone, on the disk when it resolves, and read once more before it gets its name. Refuses a name that is taken. Throws StoreError.
 */
export async function writeBackup(file: string, header: BackupHeader, rows: AsyncIterable<string>): Promise<void> {
  const temporary = join(dirname(file), `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await pipeline(
      Readable.from(sealed(header, rows)),
      createGzip(),
      createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }),
    );
    await readBackup(temporary);
    await link(temporary, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    throw cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? writeError(cause, file) : cause;
  } finally {
    // What could not be removed could not be made either, or its own error is being told.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function writeError(cause: Error & { readonly code?: unknown }, file: string): Error {
  if (cause.code !== 'EEXIST') return /^E[A-Z]+$/.test(String(cause.code)) ? storeError(cause, file) : cause;
  return new StoreError('broke', `${file}: expected a name that is free, there is a file already`, { hint: 'Choose another name.' });
}

async function* sealed(header: BackupHeader, rows: AsyncIterable<string>): AsyncGenerator<string> {
  const whole = createHash('sha256');
  const sealing = (line: string): string => {
    whole.update(`${line}\n`);
    return `${line}\n`;
  };
  yield sealing(JSON.stringify(header));
  for await (const row of rows) yield sealing(row);
  yield `${JSON.stringify({ end: true, sha256: whole.digest('hex') })}\n`;
}

/** Takes the rows of a backup, table by table, as they come. */
export type TakeRows = (table: string, lines: readonly string[]) => Promise<void>;

/**
 * Reads a backup to its end and compares every count and digest; resolves only if all are right. `take` gets the rows before that is known: whoever
 * keeps them must be able to forget them again. Throws StoreError `broke`.
 */
export async function readBackup(file: string, take: TakeRows = () => Promise.resolve()): Promise<BackupHeader> {
  const source = createReadStream(file);
  const text = source.pipe(createGunzip());
  source.on('error', error => text.destroy(error));
  try {
    return await new Reading(linesOf(text.setEncoding('utf8')), take).run();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && /^E[A-Z]+$/.test(String(cause.code))) throw storeError(cause, file);
    throw cause instanceof Damaged || isGzipError(cause) ? damaged(file, cause) : cause;
  } finally {
    source.destroy();
    text.destroy();
  }
}

/** Node's own reader of lines also breaks them at U+2028, which JSON holds as it is. What follows the last line feed is no line. */
async function* linesOf(chunks: AsyncIterable<unknown>): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') throw new Damaged('its last line is cut off');
}

class Damaged extends Error {}

function isGzipError(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('Z_');
}

function damaged(file: string, cause: unknown): StoreError {
  const why = cause instanceof Damaged ? cause.message : 'its compression is broken';
  return new StoreError('broke', `${file}: expected a whole backup of the state, ${why}`, {
    hint: 'Take another backup: this one was cut off or changed.',
    cause,
  });
}

const BATCH = 500;

class Reading {
  readonly #lines: AsyncIterator<string, undefined>;
  readonly #take: TakeRows;
  readonly #whole = createHash('sha256');

  constructor(lines: AsyncIterator<string, undefined>, take: TakeRows) {
    this.#lines = lines;
    this.#take = take;
  }

  async run(): Promise<BackupHeader> {
    const first = await this.#next();
    const header = parsed(headerSchema, first, 'its first line is none of a backup that this release knows');
    this.#whole.update(`${first}\n`);
    for (const [name, table] of Object.entries(header.tables)) await this.#table(name, table);
    const trailer = parsed(trailerSchema, await this.#next(), 'its last line is missing');
    if (trailer.sha256 !== this.#whole.digest('hex')) throw new Damaged('its digest differs');
    if ((await this.#lines.next()).done !== true) throw new Damaged('it goes on behind its end');
    return header;
  }

  async #table(name: string, table: BackupTable): Promise<void> {
    const digest = createHash('sha256');
    for (let left = table.rows; left > 0; left -= BATCH) {
      const lines: string[] = [];
      for (let i = 0; i < Math.min(left, BATCH); i++) {
        const line = await this.#next();
        digest.update(`${line}\n`);
        this.#whole.update(`${line}\n`);
        lines.push(line);
      }
      await this.#take(name, lines);
    }
    if (digest.digest('hex') !== table.sha256) throw new Damaged('the rows of one of its tables differ from their digest');
  }

  async #next(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Damaged('it ends too early');
    return next.value;
  }
}

function parsed<T>(schema: z.ZodType<T>, line: string, why: string): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch {
    throw new Damaged(why);
  }
}
