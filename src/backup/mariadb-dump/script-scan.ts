import { isSpace, isWordByte, ScriptLexer } from './script-lexer.ts';
import { ScriptNotes, type ScriptSays } from './script-says.ts';

/** One piece of a script, in order. Put together they are the script. */
export type Piece =
  /** A whole statement with what comes before it. `words`: its first unquoted words, in capitals. */
  | { readonly kind: 'statement'; readonly bytes: Buffer; readonly words: readonly string[]; readonly reaches: string | null }
  /** A piece of rows, too long to be held. */
  | { readonly kind: 'part'; readonly bytes: Buffer; readonly words: readonly string[] }
  /** Another mark ends statements from here on; or comments and spaces at the end. */
  | { readonly kind: 'other'; readonly bytes: Buffer }
  /** A backslash outside of every text: a command to the client itself. */
  | { readonly kind: 'command'; readonly name: string };

/** Statements but for rows are held as a whole: definitions are far shorter. */
export const HELD_BYTES = 16 << 20;
const ROWS_HELD_BYTES = 65_536;
const WORDS = 12;
const HEAD_BYTES = 2_048;
const [NEWLINE, OPEN, CLOSE] = [10, 40, 41];
const LONGEST_LINE = 1_024;
/** Words with which a statement reaches for files or libraries of the server's machine. */
/** In rows, words are not read any further. */
const LONGEST_REACH = 10;
const REACHES = new Set(['OUTFILE', 'DUMPFILE', 'INFILE', 'LOAD_FILE', 'SONAME']);

/** Cuts a script of mariadb-dump or mysqldump into statements, and counts the rows that it inserts. Holds one statement at most. */
export class ScriptScanner {
  readonly #lexer = new ScriptLexer();
  readonly #notes = new ScriptNotes();
  #delimiter: Buffer = Buffer.from(';');
  #tail: Buffer = Buffer.alloc(0);
  #buffer: Buffer = Buffer.alloc(0);
  #at = 0;
  #mark = 0;
  #final = false;
  #pieces: Piece[] = [];
  #held: Buffer[] = [];
  #heldBytes = 0;
  #handed = false;
  #begun = false;
  #word = '';
  #words: string[] = [];
  #reaches: string | null = null;
  #head: Buffer[] = [];
  #headBytes = 0;
  #depth = 0;
  #rows = 0;
  #values = false;
  #comment = '';

  push(chunk: Buffer): readonly Piece[] {
    return this.#run(this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]));
  }

  finish(): readonly Piece[] {
    this.#final = true;
    const pieces = [...this.#run(this.#tail)];
    if (this.#heldBytes > 0 && !this.#begun) pieces.push({ kind: 'other', bytes: Buffer.concat(this.#held) });
    return pieces;
  }

  says(): ScriptSays {
    return this.#notes.says(this.#begun || !this.#lexer.outside());
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

  /** False if more must be seen first. */
  #step(): boolean {
    const at = this.#at;
    if (!this.#begun && this.#comment === '' && this.#lexer.outside()) {
      const switched = this.#switchDelimiter();
      if (switched !== undefined) return switched;
    }
    const step = this.#lexer.read(this.#buffer, at, this.#final);
    if (step === undefined) return false;
    if (step.kind === 'code') return this.#code(at);
    this.#at = step.to;
    this.#endWord();
    if (step.kind === 'command') this.#pieces.push({ kind: 'command', name: this.#buffer.toString('latin1', at + 1, at + 2) });
    if (step.kind === 'text') this.#begun = true;
    if (step.kind === 'comment') this.#heed(at, step.to);
    return true;
  }

  /** The comments that the tool writes say what follows, and that it came to its end. They are whole lines. */
  #heed(from: number, to: number): void {
    if (this.#comment.length < LONGEST_LINE) this.#comment += this.#buffer.toString('utf8', from, Math.min(to, from + LONGEST_LINE));
    const ended = this.#buffer[to] === NEWLINE || (this.#final && to === this.#buffer.length);
    if (!ended) return;
    this.#notes.heed(this.#comment);
    this.#comment = '';
  }

  /** `DELIMITER ;;` on a line of its own. Undefined: there is none here. */
  #switchDelimiter(): boolean | undefined {
    const first = this.#buffer[this.#at];
    if (first !== 68 && first !== 100) return undefined;
    const end = this.#buffer.indexOf(NEWLINE, this.#at);
    const line = this.#buffer.toString('latin1', this.#at, Math.min(end === -1 ? this.#buffer.length : end, this.#at + LONGEST_LINE));
    if (end === -1 && !this.#final && line.length < LONGEST_LINE) return false;
    const found = /^delimiter[ \t]+(\S{1,16})[ \t\r]*$/i.exec(line);
    if (found?.[1] === undefined) return undefined;
    this.#delimiter = Buffer.from(found[1], 'latin1');
    this.#at += line.length;
    this.#hold();
    this.#pieces.push({ kind: 'other', bytes: Buffer.concat(this.#held) });
    this.#forget();
    return true;
  }

  #code(at: number): boolean {
    const byte = this.#buffer[at] ?? 0;
    const mark = this.#delimiter;
    if (byte === mark[0]) {
      const there = this.#buffer.subarray(at, at + mark.length);
      if (there.length < mark.length && !this.#final && mark.subarray(0, there.length).equals(there)) return false;
      if (there.equals(mark)) {
        this.#at = at + mark.length;
        this.#endStatement();
        return true;
      }
    }
    this.#at = at + 1;
    if (isWordByte(byte)) {
      if (!this.#values || this.#word.length < LONGEST_REACH) this.#word += String.fromCharCode(byte);
      this.#begun = true;
      return true;
    }
    this.#endWord();
    this.#comment = '';
    if (isSpace(byte)) return true;
    this.#begun = true;
    if (byte === CLOSE) this.#depth -= 1;
    if (byte === OPEN && this.#depth++ === 0 && this.#values) this.#rows += 1;
    return true;
  }

  #endWord(): void {
    if (this.#word === '') return;
    const word = this.#word.toUpperCase();
    this.#word = '';
    if (this.#words.length < WORDS) this.#words.push(word);
    if (REACHES.has(word)) this.#reaches ??= word;
    if (this.#depth === 0 && (word === 'VALUES' || word === 'VALUE') && isOfRows(this.#words)) this.#values = true;
  }

  #endStatement(): void {
    this.#endWord();
    this.#hold();
    const [bytes, words] = [Buffer.concat(this.#held), this.#words];
    if (this.#handed) this.#pieces.push({ kind: 'part', bytes, words });
    else this.#pieces.push({ kind: 'statement', bytes, words, reaches: this.#reaches });
    this.#notes.take({ words, head: Buffer.concat(this.#head).toString('utf8'), rows: this.#rows });
    this.#forget();
  }

  #forget(): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.#head = [];
    this.#headBytes = 0;
    this.#handed = false;
    this.#begun = false;
    this.#words = [];
    this.#reaches = null;
    this.#depth = 0;
    this.#rows = 0;
    this.#values = false;
  }

  /** Keeps what was read until its statement is complete; rows are handed on, everything else that becomes too much is no definition. */
  #hold(): void {
    const bytes = this.#buffer.subarray(this.#mark, this.#at);
    this.#mark = this.#at;
    if (bytes.length === 0) return;
    if (this.#headBytes < HEAD_BYTES) {
      this.#head.push(bytes.subarray(0, HEAD_BYTES - this.#headBytes));
      this.#headBytes += Math.min(bytes.length, HEAD_BYTES - this.#headBytes);
    }
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    const rows = this.#values && this.#reaches === null;
    if (this.#heldBytes <= (rows ? ROWS_HELD_BYTES : HELD_BYTES)) return;
    if (rows) this.#pieces.push({ kind: 'part', bytes: Buffer.concat(this.#held), words: this.#words });
    else this.#pieces.push({ kind: 'command', name: '' });
    this.#handed = true;
    this.#held = [];
    this.#heldBytes = 0;
  }
}

function isOfRows(words: readonly string[]): boolean {
  return words[0] === 'INSERT' || words[0] === 'REPLACE';
}
