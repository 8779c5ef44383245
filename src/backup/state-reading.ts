import { createHash } from 'node:crypto';
import { BadStateBackup, readStateHeader, readStateTrailer, type StateHeader, type StateTable } from './state-backup.ts';

/** Takes the rows of a backup, table by table, as they come. */
export type TakeRows = (table: string, lines: readonly string[]) => Promise<void>;

/** Rows are handed on in portions of so many, or of so many characters if that comes first. */
const BATCH_ROWS = 500;
const BATCH_CHARACTERS = 8 << 20;

/**
 * Reads a backup of the state to its end, from its unpacked text, and compares every count and digest; resolves only if all are right. `take` gets the
 * rows before that is known: whoever keeps them must be able to forget them again. Throws BadStateBackup.
 */
export async function readStateBackup(chunks: AsyncIterable<unknown>, take: TakeRows, longest?: number): Promise<StateHeader> {
  return new Reading(stateLines(chunks, longest), take).run();
}

/**
 * Node's own reader of lines also breaks them at U+2028, which JSON holds as it is. What follows the last line feed is no line. Whoever reads what a
 * stranger may have made says how long a line may be.
 */
export async function* stateLines(chunks: AsyncIterable<unknown>, longest = Infinity): AsyncGenerator<string, undefined> {
  // Pieces of one long line are put together once, not once for each chunk.
  let rest: string[] = [];
  let held = 0;
  for await (const chunk of unpacked(chunks)) {
    const [first = '', ...others] = chunk.split('\n');
    const last = others.pop();
    rest.push(first);
    held += first.length;
    if (Math.max(held, last?.length ?? 0) > longest)
      throw new BadStateBackup('too-long', `one of its lines has more than ${longest} characters`);
    if (last === undefined) continue;
    yield rest.join('');
    yield* others;
    rest = [last];
    held = last.length;
  }
  if (held > 0) throw new BadStateBackup('cut', 'its last line is cut off');
}

/** What is wrong with the compression is wrong with the backup. */
async function* unpacked(chunks: AsyncIterable<unknown>): AsyncGenerator<string, undefined> {
  try {
    for await (const chunk of chunks) yield String(chunk);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (!code.startsWith('Z_')) throw cause;
    if (code === 'Z_BUF_ERROR') throw new BadStateBackup('cut', 'its compression ends too early', { cause });
    throw new BadStateBackup('damaged', 'its compression is broken', { cause });
  }
}

class Reading {
  readonly #lines: AsyncIterator<string, undefined>;
  readonly #take: TakeRows;
  readonly #whole = createHash('sha256');

  constructor(lines: AsyncIterator<string, undefined>, take: TakeRows) {
    this.#lines = lines;
    this.#take = take;
  }

  async run(): Promise<StateHeader> {
    const first = await this.#next();
    const header = readStateHeader(first);
    this.#whole.update(`${first}\n`);
    for (const [name, table] of Object.entries(header.tables)) await this.#table(name, table);
    const sha256 = readStateTrailer(await this.#next());
    if (sha256 !== this.#whole.digest('hex')) throw new BadStateBackup('altered', 'its digest differs');
    if ((await this.#lines.next()).done !== true) throw new BadStateBackup('damaged', 'it goes on behind its end');
    return header;
  }

  async #table(name: string, table: StateTable): Promise<void> {
    const digest = createHash('sha256');
    for (let left = table.rows; left > 0;) {
      const lines = await this.#batch(left);
      for (const line of lines) digest.update(`${line}\n`);
      await this.#take(name, lines);
      left -= lines.length;
    }
    if (digest.digest('hex') !== table.sha256) {
      throw new BadStateBackup('altered', 'the rows of one of its tables differ from their digest');
    }
  }

  async #batch(most: number): Promise<readonly string[]> {
    const lines: string[] = [];
    for (let held = 0; lines.length < Math.min(most, BATCH_ROWS) && held < BATCH_CHARACTERS;) {
      const line = await this.#next();
      this.#whole.update(`${line}\n`);
      lines.push(line);
      held += line.length;
    }
    return lines;
  }

  async #next(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new BadStateBackup('cut', 'it ends too early');
    return next.value;
  }
}
