/** Why bytes could not be read as an archive. `ends-early`: more bytes might have helped. */
export type ArchiveProblem = 'not-an-archive' | 'ends-early' | 'damaged' | 'newer-format';

/** The only error that reading an archive's bytes throws: they are written by whoever wrote the backup, and may be hostile. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly problem: ArchiveProblem;
  /** Archive version as far as it was read, for `newer-format`. */
  readonly archiveVersion: string | null;
  constructor(problem: ArchiveProblem, message: string, archiveVersion: string | null = null) {
    super(message);
    this.problem = problem;
    this.archiveVersion = archiveVersion;
  }
}

/** A longer one is taken for damage: pg_dump writes definitions and names here, no data. */
const LONGEST_TEXT = 32 * 1024 * 1024;

/** Reads pg_dump's integers and strings from bytes, within their bounds. */
export class Cursor {
  readonly #bytes: Buffer;
  position: number;
  readonly #integerBytes: number;

  constructor(bytes: Buffer, position = 0, integerBytes = 4) {
    this.#bytes = bytes;
    this.position = position;
    this.#integerBytes = integerBytes;
  }

  byte(): number {
    const value = this.#bytes[this.position];
    if (value === undefined) throw new ArchiveError('ends-early', 'archive ends inside a byte field');
    this.position += 1;
    return value;
  }

  /** A sign byte, then the magnitude, least significant byte first. */
  integer(): number {
    const sign = this.byte();
    if (sign > 1) throw new ArchiveError('damaged', 'integer has an impossible sign');
    const value = this.#littleEndian(this.#integerBytes);
    return sign === 1 ? -value : value;
  }

  /** Text of a field, `null` where pg_dump wrote none. */
  text(): string | null {
    const length = this.integer();
    if (length < 0) return null;
    if (length > LONGEST_TEXT) throw new ArchiveError('damaged', 'text is impossibly long');
    const end = this.position + length;
    if (end > this.#bytes.length) throw new ArchiveError('ends-early', 'archive ends inside a text');
    const text = this.#bytes.toString('utf8', this.position, end);
    this.position = end;
    return text;
  }

  /** Place of an entry's bytes: a state byte (2 = known), then the place. */
  offset(size: number): { readonly state: number; readonly at: number } {
    const state = this.byte();
    return { state, at: this.#littleEndian(size) };
  }

  #littleEndian(size: number): number {
    let value = 0;
    let factor = 1;
    for (let index = 0; index < size; index += 1) {
      value += this.byte() * factor;
      factor *= 256;
    }
    if (!Number.isSafeInteger(value)) throw new ArchiveError('damaged', 'integer is impossibly large');
    return value;
  }
}
