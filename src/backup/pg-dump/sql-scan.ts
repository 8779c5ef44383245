import { tokensOf, copyTarget } from './sql-statement.ts';

/** One piece of a script, in order. All pieces put together are the script. */
export type Piece =
  /** A whole statement, with the comments and spaces before it. `words`: its first unquoted words, in capitals. */
  | { readonly kind: 'statement'; readonly bytes: Buffer; readonly words: readonly string[] }
  /** A piece of a statement that is too long to be held; of which the beginning has gone by as a piece, too. */
  | { readonly kind: 'part'; readonly bytes: Buffer; readonly words: readonly string[]; readonly first: boolean }
  /** Rows of a COPY, or the line that ends them. */
  | { readonly kind: 'rows'; readonly bytes: Buffer; readonly table: string }
  /** A command to psql itself, `\name rest`; `midway`: inside an unfinished statement. */
  | { readonly kind: 'command'; readonly bytes: Buffer; readonly name: string; readonly rest: string; readonly midway: boolean }
  /** Comments and spaces after the last statement. */
  | { readonly kind: 'rest'; readonly bytes: Buffer };

/** What a script says of itself. */
export interface ScriptSays {
  /** Rows by table, as `schema.table`, of what is loaded by COPY. */
  readonly rows: ReadonlyMap<string, number>;
  /** Tables for which the dump has an entry of data, as its comments say. */
  readonly tables: ReadonlySet<string>;
  /** The line that pg_dump writes last was there. */
  readonly complete: boolean;
  /** The script ends inside a statement, a quoted text, a comment or rows. */
  readonly unfinished: boolean;
}

/** Longer statements are handed on in parts. What pg_dump writes of definitions is far shorter; rows as INSERT may be longer. */
export const HELD_BYTES = 65_536;
/** Longer words, tags, comment lines and commands are not looked at as a whole. */
const LOOKED_AT = 8_192;
const WORDS = 6;

type Mode = 'sql' | 'line' | 'block' | 'quote' | 'escaped' | 'name' | 'dollar' | 'copy-line' | 'copy';

const [TAB, NEWLINE, RETURN, SPACE, DOUBLE, DOLLAR, SINGLE, OPEN, CLOSE, STAR, MINUS, DOT, SLASH, SEMICOLON, BACKSLASH] = [
  9, 10, 13, 32, 34, 36, 39, 40, 41, 42, 45, 46, 47, 59, 92,
];
const TERMINATOR = Buffer.from('\n\\.');

/**
 * Cuts a plain SQL script into statements, rows and commands, reading it as psql does. It holds one statement at most; where the
 * script is cut into chunks makes no difference.
 */
export class SqlScanner {
  #mode: Mode = 'sql';
  /** Not yet decided, because it depends on what follows. */
  #tail: Buffer = Buffer.alloc(0);
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  /** Where in the buffer begins what was not yet put into `held` or handed on. */
  #mark = 0;
  #final = false;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #handedParts = false;
  #pieces: Piece[] = [];
  #words: string[] = [];
  #begun = false;
  #parentheses = 0;
  #blocks = 0;
  #comments = 0;
  #tag: Buffer = Buffer.alloc(0);
  /** The quoted text that just ended read backslashes as escapes; one that follows it after a line break continues it. */
  #closed: 'no' | 'adjacent' | 'apart' | 'line-apart' = 'no';
  #backslashEscapes = false;
  #table: string | undefined;
  #lineStart = true;
  readonly #rows = new Map<string, number>();
  readonly #tables = new Set<string>();
  #complete = false;

  /** The pieces that became complete with this chunk. */
  push(chunk: Buffer): readonly Piece[] {
    return this.#run(this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]));
  }

  /** The pieces that were still open at the end of the script. */
  finish(): readonly Piece[] {
    this.#final = true;
    const pieces = [...this.#run(this.#tail)];
    if (this.#heldBytes > 0) pieces.push({ kind: this.#begun ? 'statement' : 'rest', bytes: Buffer.concat(this.#held), words: this.#words });
    return pieces;
  }

  says(): ScriptSays {
    return { rows: this.#rows, tables: this.#tables, complete: this.#complete, unfinished: this.#begun || this.#mode !== 'sql' };
  }

  #run(buffer: Buffer): readonly Piece[] {
    this.#pieces = [];
    this.#buffer = buffer;
    this.#at = 0;
    this.#mark = 0;
    while (this.#at < buffer.length && this.#step());
    this.#hold();
    this.#tail = buffer.subarray(this.#at);
    return this.#pieces;
  }

  /** One step in the present mode; false if more must be seen first. */
  #step(): boolean {
    switch (this.#mode) {
      case 'sql':
        return this.#sql();
      case 'line':
        return this.#skipPast(this.#buffer.indexOf(NEWLINE, this.#at));
      case 'block':
        return this.#block();
      case 'quote':
        return this.#skipPast(this.#buffer.indexOf(SINGLE, this.#at));
      case 'escaped':
        return this.#escaped();
      case 'name':
        return this.#skipPast(this.#buffer.indexOf(DOUBLE, this.#at));
      case 'dollar':
        return this.#dollar();
      case 'copy-line':
        return this.#copyLine();
      case 'copy':
        return this.#copy();
    }
  }

  /** To the byte that ends this mode, or to the end of what there is. */
  #skipPast(end: number): boolean {
    this.#at = end === -1 ? this.#buffer.length : end + 1;
    if (end !== -1) this.#mode = 'sql';
    return true;
  }

  #sql(): boolean {
    const byte = this.#buffer[this.#at] ?? 0;
    if (byte === SPACE || byte === NEWLINE || byte === TAB || byte === RETURN || byte === 11 || byte === 12) return this.#space(byte);
    if (byte === MINUS || byte === SLASH) return this.#perhapsComment(byte);
    if (byte === BACKSLASH) return this.#command();
    this.#begun = true;
    if (byte === SINGLE) return this.#quote();
    this.#closed = 'no';
    if (isWordStart(byte)) return this.#word();
    if (byte === DOLLAR) return this.#perhapsDollar();
    this.#at += 1;
    if (byte === DOUBLE) this.#mode = 'name';
    if (byte === OPEN) this.#parentheses += 1;
    if (byte === CLOSE && this.#parentheses > 0) this.#parentheses -= 1;
    if (byte === SEMICOLON && this.#parentheses === 0 && this.#blocks === 0) this.#endStatement();
    return true;
  }

  #space(byte: number): boolean {
    this.#at += 1;
    if (this.#closed === 'adjacent') this.#closed = 'apart';
    if (this.#closed === 'apart' && (byte === NEWLINE || byte === RETURN)) this.#closed = 'line-apart';
    return true;
  }

  #quote(): boolean {
    const continued = this.#closed === 'adjacent' || this.#closed === 'line-apart';
    this.#at += 1;
    this.#mode = continued || this.#backslashEscapes ? 'escaped' : 'quote';
    this.#closed = 'no';
    return true;
  }

  #perhapsComment(byte: number): boolean {
    const next = this.#buffer[this.#at + 1];
    if (next === undefined && !this.#final) return false;
    if (byte === MINUS && next === MINUS) return this.#lineComment();
    if (byte === SLASH && next === STAR) {
      this.#mode = 'block';
      this.#comments = 1;
      this.#at += 2;
      return true;
    }
    this.#begun = true;
    this.#closed = 'no';
    this.#at += 1;
    return true;
  }

  /** The comments that pg_dump writes say what follows, and that it came to its end. */
  #lineComment(): boolean {
    const end = this.#buffer.indexOf(NEWLINE, this.#at);
    if (end === -1 && !this.#final && this.#buffer.length - this.#at < LOOKED_AT) return false;
    const line = this.#buffer.toString('utf8', this.#at, Math.min(end === -1 ? this.#buffer.length : end, this.#at + LOOKED_AT));
    if (/^-- PostgreSQL database (cluster )?dump complete\s*$/.test(line)) this.#complete = true;
    const entry = /^-- Data for Name: (.+); Type: TABLE DATA; Schema: (.+?); Owner: /.exec(line);
    if (entry !== null) this.#tables.add(`${entry[2] ?? ''}.${entry[1] ?? ''}`);
    this.#mode = 'line';
    // The line break belongs to it: between two quoted texts it counts like one without a comment.
    return this.#closed === 'no' ? this.#skipPast(end) : this.#endComment(end);
  }

  #endComment(end: number): boolean {
    this.#closed = 'line-apart';
    return this.#skipPast(end);
  }

  #block(): boolean {
    const buffer = this.#buffer;
    while (this.#at < buffer.length) {
      const byte = buffer[this.#at];
      if (byte !== STAR && byte !== SLASH) {
        this.#at += 1;
        continue;
      }
      const next = buffer[this.#at + 1];
      if (next === undefined && !this.#final) return false;
      const opens = byte === SLASH && next === STAR;
      const closes = byte === STAR && next === SLASH;
      this.#at += opens || closes ? 2 : 1;
      this.#comments += opens ? 1 : closes ? -1 : 0;
      if (this.#comments === 0) {
        this.#mode = 'sql';
        return true;
      }
    }
    return true;
  }

  #escaped(): boolean {
    const buffer = this.#buffer;
    while (this.#at < buffer.length) {
      const byte = buffer[this.#at];
      if (byte === BACKSLASH && this.#at + 1 >= buffer.length && !this.#final) return false;
      this.#at += byte === BACKSLASH ? 2 : 1;
      if (byte !== SINGLE) continue;
      this.#mode = 'sql';
      this.#closed = 'adjacent';
      return true;
    }
    this.#at = Math.min(this.#at, buffer.length);
    return true;
  }

  #word(): boolean {
    const buffer = this.#buffer;
    let end = this.#at + 1;
    while (end < buffer.length && isWordByte(buffer[end] ?? 0)) end += 1;
    const length = end - this.#at;
    if (end === buffer.length && !this.#final && length < LOOKED_AT) return false;
    const word = length > 32 ? '' : buffer.toString('latin1', this.#at, end).toUpperCase();
    this.#at = end;
    if (word === 'E' && buffer[end] === SINGLE) {
      this.#at += 1;
      this.#mode = 'escaped';
      return true;
    }
    if (this.#words.length < WORDS) this.#words.push(word);
    if (this.#parentheses === 0 && isRoutine(this.#words)) this.#blocks = Math.max(0, this.#blocks + blockStep(word, this.#blocks));
    return true;
  }

  #perhapsDollar(): boolean {
    const buffer = this.#buffer;
    let end = this.#at + 1;
    while (end < buffer.length && isWordByte(buffer[end] ?? 0) && buffer[end] !== DOLLAR) end += 1;
    if (end === buffer.length && !this.#final && end - this.#at < LOOKED_AT) return false;
    const digit = buffer[this.#at + 1] ?? 0;
    if (buffer[end] !== DOLLAR || (digit >= 48 && digit <= 57)) {
      this.#at += 1;
      return true;
    }
    this.#tag = Buffer.from(buffer.subarray(this.#at, end + 1));
    this.#at = end + 1;
    this.#mode = 'dollar';
    return true;
  }

  #dollar(): boolean {
    const end = this.#buffer.indexOf(this.#tag, this.#at);
    if (end !== -1) {
      this.#at = end + this.#tag.length;
      this.#mode = 'sql';
      return true;
    }
    this.#at = this.#final ? this.#buffer.length : Math.max(this.#at, this.#buffer.length - this.#tag.length + 1);
    return false;
  }

  /** To the end of its line; psql would read no further for it either. */
  #command(): boolean {
    const end = this.#buffer.indexOf(NEWLINE, this.#at);
    if (end === -1 && !this.#final && this.#buffer.length - this.#at < LOOKED_AT) return false;
    const from = this.#at;
    const midway = this.#begun;
    this.#hold();
    this.#at = end === -1 ? this.#buffer.length : end + 1;
    const line = this.#buffer.toString('utf8', from, Math.min(this.#at, from + LOOKED_AT)).trimEnd();
    const [, name = '', rest = ''] = /^\\([A-Za-z_]*|.)\s*(.*)$/s.exec(line) ?? [];
    const before = midway ? [] : this.#held.splice(0);
    if (!midway) this.#heldBytes = 0;
    const bytes = Buffer.concat([...before, this.#buffer.subarray(from, this.#at)]);
    this.#mark = this.#at;
    this.#pieces.push({ kind: 'command', bytes, name, rest, midway });
    return true;
  }

  #endStatement(): void {
    const words = this.#words;
    this.#hold();
    const bytes = Buffer.concat(this.#held);
    this.#pieces.push(this.#handedParts ? { kind: 'part', bytes, words, first: false } : { kind: 'statement', bytes, words });
    const short = this.#handedParts ? '' : bytes.toString('utf8');
    this.#held = [];
    this.#heldBytes = 0;
    this.#handedParts = false;
    this.#words = [];
    this.#begun = false;
    if (words[0] === 'COPY') this.#table = copyTarget(tokensOf(short));
    if (this.#table !== undefined) this.#mode = 'copy-line';
    const escapes = words[0] === 'SET' && words[1] === 'STANDARD_CONFORMING_STRINGS' ? /(on|off)\W*$/i.exec(short) : null;
    if (escapes !== null) this.#backslashEscapes = escapes[1]?.toLowerCase() === 'off';
  }

  /** Only spaces may stand between a COPY and its rows: pg_dump writes nothing else, and what psql made of it would come after the rows. */
  #copyLine(): boolean {
    const byte = this.#buffer[this.#at];
    if (byte !== NEWLINE && byte !== SPACE && byte !== RETURN && byte !== TAB) {
      this.#mode = 'sql';
      this.#table = undefined;
      this.#pieces.push({ kind: 'command', bytes: Buffer.alloc(0), name: '', rest: '', midway: true });
      return true;
    }
    this.#at += 1;
    if (byte !== NEWLINE) return true;
    const table = this.#table ?? '';
    this.#pieces.push({ kind: 'rows', bytes: this.#taken(), table });
    this.#rows.set(table, this.#rows.get(table) ?? 0);
    this.#mode = 'copy';
    this.#lineStart = true;
    return true;
  }

  #copy(): boolean {
    const buffer = this.#buffer;
    const table = this.#table ?? '';
    if (this.#lineStart && buffer[this.#at] === BACKSLASH && buffer[this.#at + 1] === DOT) {
      const ends = this.#endsLine(this.#at + 2);
      if (ends === undefined) return false;
      if (ends > 0) return this.#endRows(ends);
    }
    if (this.#lineStart && buffer[this.#at] === BACKSLASH && this.#at + 1 === buffer.length && !this.#final) return false;
    let end = buffer.indexOf(TERMINATOR, this.#at);
    for (; end !== -1; end = buffer.indexOf(TERMINATOR, end + 1)) {
      const ends = this.#endsLine(end + 3);
      if (ends === 0) continue;
      break;
    }
    // Hold back what may be the beginning of the last line.
    const upTo = end !== -1 ? end + 1 : this.#final ? buffer.length : Math.max(this.#at, buffer.length - 2);
    if (upTo === this.#at) return false;
    this.#rows.set(table, (this.#rows.get(table) ?? 0) + lines(buffer, { from: this.#at, to: upTo }));
    this.#at = upTo;
    this.#lineStart = buffer[upTo - 1] === NEWLINE;
    this.#pieces.push({ kind: 'rows', bytes: this.#taken(), table });
    return true;
  }

  /** Where the line break at `at` ends; 0 if there is none; undefined if it cannot be told yet. */
  #endsLine(at: number): number | undefined {
    const [byte, next] = [this.#buffer[at], this.#buffer[at + 1]];
    if (byte === undefined) return this.#final ? at : undefined;
    if (byte === NEWLINE) return at + 1;
    if (byte !== RETURN) return 0;
    if (next === undefined) return this.#final ? at + 1 : undefined;
    return next === NEWLINE ? at + 2 : 0;
  }

  #endRows(end: number): boolean {
    this.#at = end;
    this.#pieces.push({ kind: 'rows', bytes: this.#taken(), table: this.#table ?? '' });
    this.#table = undefined;
    this.#mode = 'sql';
    return true;
  }

  /** What was read since the last piece. */
  #taken(): Buffer {
    const bytes = Buffer.concat([...this.#held, this.#buffer.subarray(this.#mark, this.#at)]);
    this.#held = [];
    this.#heldBytes = 0;
    this.#mark = this.#at;
    return bytes;
  }

  /** Keeps what was read until its statement is complete; hands it on if it becomes too much. */
  #hold(): void {
    const bytes = this.#buffer.subarray(this.#mark, this.#at);
    this.#mark = this.#at;
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes <= HELD_BYTES) return;
    this.#pieces.push({ kind: 'part', bytes: Buffer.concat(this.#held), words: this.#words, first: !this.#handedParts });
    this.#handedParts = true;
    this.#held = [];
    this.#heldBytes = 0;
  }
}
