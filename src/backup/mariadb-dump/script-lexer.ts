/** What a place in a script is: outside everything, or inside a text, a name or a comment. */
type Mode = 'code' | 'single' | 'double' | 'name' | 'line' | 'block';

const [TAB, NEWLINE, CARRIAGE, SPACE, BANG, DOUBLE, HASH, SINGLE, STAR, DASH, SLASH, M, BACKSLASH, BACKTICK] = [
  9, 10, 13, 32, 33, 34, 35, 39, 42, 45, 47, 77, 92, 96,
];
/** Longer than everything that must be seen at once to be told: a conditional comment with its version. */
const AHEAD = 12;

/** One step through a script. `code`: bytes that the server reads as SQL, among them the marks that begin a conditional comment. */
export interface Step {
  readonly kind: 'code' | 'text' | 'comment' | 'command';
  readonly to: number;
}

const CLOSED_BY: Readonly<Partial<Record<Mode, number>>> = { single: SINGLE, double: DOUBLE, name: BACKTICK };
const OPENS: ReadonlyMap<number, Mode> = new Map([
  [SINGLE, 'single'],
  [DOUBLE, 'double'],
  [BACKTICK, 'name'],
  [HASH, 'line'],
]);

/**
 * Reads a script of MariaDB or MySQL as the client does: texts with backslashes, names in backticks, comments, and comments that are SQL to
 * some versions. Where the script is cut into chunks makes no difference.
 */
export class ScriptLexer {
  #mode: Mode = 'code';
  /** Within a comment whose content the server reads. */
  #conditional = false;

  /** The script may end here: nothing is open. */
  outside(): boolean {
    return this.#mode === 'code' || this.#mode === 'line';
  }

  /** The step at `at`; undefined if more must be seen first. */
  read(bytes: Buffer, at: number, final: boolean): Step | undefined {
    if (this.#mode !== 'code') return this.#inside(bytes, at, final);
    const byte = bytes[at] ?? 0;
    if (!final && at + AHEAD > bytes.length && (byte === SLASH || byte === DASH || byte === STAR || byte === BACKSLASH)) return undefined;
    const opened = OPENS.get(byte);
    if (opened !== undefined) {
      this.#mode = opened;
      return { kind: opened === 'line' ? 'comment' : 'text', to: at + 1 };
    }
    if (byte === DASH && bytes[at + 1] === DASH && isSpace(bytes[at + 2])) {
      this.#mode = 'line';
      return { kind: 'comment', to: at + 2 };
    }
    if (byte === SLASH && bytes[at + 1] === STAR) return this.#comment(bytes, at);
    if (byte === STAR && bytes[at + 1] === SLASH && this.#conditional) {
      this.#conditional = false;
      return { kind: 'comment', to: at + 2 };
    }
    return { kind: byte === BACKSLASH ? 'command' : 'code', to: at + 1 };
  }

  /** `/*!50003 … ` and `/*M!100100 … ` are SQL; the mark of the sandbox mode, which a comment of that kind holds, is for the client alone. */
  #comment(bytes: Buffer, at: number): Step {
    const mark = bytes[at + 2] === BANG ? 3 : bytes[at + 2] === M && bytes[at + 3] === BANG ? 4 : 0;
    if (mark === 0) {
      this.#mode = 'block';
      return { kind: 'comment', to: at + 2 };
    }
    let to = at + mark;
    while (to < at + AHEAD && isDigit(bytes[to])) to += 1;
    this.#conditional = true;
    if (bytes[to] === BACKSLASH && bytes[to + 1] === DASH) {
      this.#conditional = false;
      this.#mode = 'block';
    }
    return { kind: 'comment', to };
  }

  #inside(bytes: Buffer, at: number, final: boolean): Step | undefined {
    if (this.#mode === 'line') {
      const end = bytes.indexOf(NEWLINE, at);
      if (end === -1) return { kind: 'comment', to: bytes.length };
      this.#mode = 'code';
      return { kind: 'comment', to: end };
    }
    if (this.#mode === 'block') return this.#block(bytes, at, final);
    const close = CLOSED_BY[this.#mode] ?? 0;
    let to = at;
    for (; to < bytes.length; to += 1) {
      const byte = bytes[to];
      if (byte === BACKSLASH && this.#mode !== 'name') {
        if (to + 1 >= bytes.length && !final) break;
        to += 1;
      } else if (byte === close) {
        // A doubled one opens the next text at once, which is the same text to us.
        this.#mode = 'code';
        return { kind: 'text', to: to + 1 };
      }
    }
    return to === at ? undefined : { kind: 'text', to: Math.min(to, bytes.length) };
  }

  #block(bytes: Buffer, at: number, final: boolean): Step | undefined {
    const end = bytes.indexOf('*/', at, 'latin1');
    if (end !== -1) {
      this.#mode = 'code';
      return { kind: 'comment', to: end + 2 };
    }
    const to = final ? bytes.length : bytes.length - 1;
    return to <= at ? undefined : { kind: 'comment', to };
  }
}

export function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === NEWLINE || byte === TAB || byte === CARRIAGE;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** Letters, digits, `_`, `$`, `@`, and everything that is not ASCII. */
export function isWordByte(byte: number): boolean {
  return (
    (byte >= 97 && byte <= 122) || (byte >= 64 && byte <= 90) || (byte >= 48 && byte <= 57) || byte === 95 || byte === 36 || byte >= 128
  );
}
