import { SqlLexer, type Lexeme } from './sql-lexer.ts';
import { readRows } from './sql-rows.ts';
import { copyTarget, tokensOf } from './sql-statement.ts';
import { blockStep, isRoutine, isSpace } from './sql-words.ts';

/** One piece of a script, in order. All pieces put together are the script. */
export type Piece =
  /** A whole statement, with the comments and spaces before it. `words`: its first unquoted words, in capitals. */
  | { readonly kind: 'statement'; readonly bytes: Buffer; readonly words: readonly string[] }
  /** A piece of a statement that is too long to be held. */
  | { readonly kind: 'part'; readonly bytes: Buffer; readonly words: readonly string[] }
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
  /** Tables that it makes, as its comments say. */
  readonly made: ReadonlySet<string>;
  /** Its entries by kind (`SEQUENCE SET`, …), as its comments say. */
  readonly kinds: ReadonlyMap<string, number>;
  /** The line that pg_dump writes last was there. */
  readonly complete: boolean;
  /** The script ends inside a statement, a quoted text, a comment or rows. */
  readonly unfinished: boolean;
}

/** Longer statements are handed on in parts. What pg_dump writes of definitions is far shorter; rows as INSERT may be longer. */
export const HELD_BYTES = 65_536;
const WORDS = 6;
const [NEWLINE, OPEN, CLOSE, SEMICOLON] = [10, 40, 41, 59];

/**
 * Cuts a plain SQL script into statements, rows and commands, reading it as psql does. It holds one statement at most; where the
 * script is cut into chunks makes no difference.
 */
export class SqlScanner {
  readonly #lexer = new SqlLexer();
  /** `line`: after a COPY, up to the line break before its rows. */
  #mode: 'sql' | 'line' | 'rows' = 'sql';
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
  #table = '';
  #lineStart = true;
  readonly #rows = new Map<string, number>();
  readonly #tables = new Set<string>();
  readonly #made = new Set<string>();
  readonly #kinds = new Map<string, number>();
  #complete = false;

  /** The pieces that became complete with this chunk. */
  push(chunk: Buffer): readonly Piece[] {
    return this.#run(this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]));
  }

  /** The pieces that were still open at the end of the script. */
  finish(): readonly Piece[] {
    this.#final = true;
    const pieces = [...this.#run(this.#tail)];
    if (this.#heldBytes > 0) pieces.push(this.#begun ? this.#statement() : { kind: 'rest', bytes: Buffer.concat(this.#held) });
    return pieces;
  }

  says(): ScriptSays {
    const unfinished = this.#begun || this.#mode !== 'sql' || !this.#lexer.outside();
    return { rows: this.#rows, tables: this.#tables, made: this.#made, kinds: this.#kinds, complete: this.#complete, unfinished };
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
    if (this.#mode === 'rows') return this.#readRows();
    if (this.#mode === 'line') return this.#readLine();
    const byte = this.#buffer[this.#at] ?? 0;
    const lexeme = this.#lexer.read(this.#buffer, this.#at, this.#final);
    if (lexeme === undefined) return false;
    if (lexeme.kind === 'command') this.#command(lexeme);
    this.#at = lexeme.to;
    if (lexeme.kind === 'comment') this.#heed(lexeme.text);
    if (lexeme.kind === 'word') this.#word(lexeme.text);
    if (lexeme.kind !== 'space' && lexeme.kind !== 'comment' && lexeme.kind !== 'command') this.#begun = true;
    if (lexeme.kind === 'mark') this.#weigh(byte);
    return true;
  }

  /** The comments that pg_dump writes say what follows, and that it came to its end. */
  #heed(comment: string): void {
    if (!comment.startsWith('-- ')) return;
    if (/^-- PostgreSQL database (cluster )?dump complete$/.test(comment)) this.#complete = true;
    const [, name = '', kind, schema = ''] = /^-- (?:Data for )?Name: (.+); Type: ([A-Z ]+); Schema: (.+?); Owner: /.exec(comment) ?? [];
    if (kind === undefined) return;
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    if (kind === 'TABLE') this.#made.add(`${schema}.${name}`);
    if (kind === 'TABLE DATA') this.#tables.add(`${schema}.${name}`);
  }

  #word(word: string): void {
    if (this.#words.length < WORDS) this.#words.push(word);
    if (this.#parentheses === 0 && isRoutine(this.#words)) this.#blocks += blockStep(word, this.#blocks);
  }

  #weigh(byte: number): void {
    if (byte === OPEN) this.#parentheses += 1;
    if (byte === CLOSE && this.#parentheses > 0) this.#parentheses -= 1;
    if (byte === SEMICOLON && this.#parentheses === 0 && this.#blocks === 0) this.#endStatement();
  }

  #command({ to, text }: Lexeme): void {
    const midway = this.#begun;
    this.#hold();
    const before = midway ? [] : this.#held.splice(0);
    if (!midway) this.#heldBytes = 0;
    const [, name = '', rest = ''] = /^\\([A-Za-z_]+|.)?\s*(.*)$/s.exec(text) ?? [];
    this.#pieces.push({ kind: 'command', bytes: Buffer.concat([...before, this.#buffer.subarray(this.#at, to)]), name, rest, midway });
    this.#mark = to;
  }

  #endStatement(): void {
    const words = this.#words;
    this.#hold();
    const piece = this.#statement();
    this.#pieces.push(piece);
    this.#held = [];
    this.#heldBytes = 0;
    this.#handedParts = false;
    this.#words = [];
    this.#begun = false;
    if (piece.kind === 'part') return;
    const target = words[0] === 'COPY' ? copyTarget(tokensOf(piece.bytes.toString('utf8'))) : undefined;
    if (target !== undefined) {
      this.#table = target;
      this.#mode = 'line';
    }
    if (words[0] !== 'SET' || words[1] !== 'STANDARD_CONFORMING_STRINGS') return;
    this.#lexer.backslashEscapes = /off\W*$/i.test(piece.bytes.toString('latin1'));
  }

  /** What is held, as the statement that it is or as the last part of a longer one. */
  #statement(): Piece & { readonly kind: 'statement' | 'part' } {
    const [bytes, words] = [Buffer.concat(this.#held), this.#words];
    return this.#handedParts ? { kind: 'part', bytes, words } : { kind: 'statement', bytes, words };
  }

  /** Only spaces may stand between a COPY and its rows: pg_dump writes nothing else, and what psql made of it would come after the rows. */
  #readLine(): boolean {
    const byte = this.#buffer[this.#at] ?? 0;
    if (!isSpace(byte)) {
      this.#mode = 'sql';
      this.#pieces.push({ kind: 'command', bytes: Buffer.alloc(0), name: '', rest: '', midway: true });
      return true;
    }
    this.#at += 1;
    if (byte !== NEWLINE) return true;
    this.#pieces.push({ kind: 'rows', bytes: this.#taken(), table: this.#table });
    this.#rows.set(this.#table, this.#rows.get(this.#table) ?? 0);
    this.#mode = 'rows';
    this.#lineStart = true;
    return true;
  }

  #readRows(): boolean {
    const read = readRows(this.#buffer, { at: this.#at, lineStart: this.#lineStart, final: this.#final });
    if (read.to === this.#at) return false;
    this.#at = read.to;
    this.#lineStart = read.lineStart;
    this.#rows.set(this.#table, (this.#rows.get(this.#table) ?? 0) + read.rows);
    this.#pieces.push({ kind: 'rows', bytes: this.#taken(), table: this.#table });
    if (read.ended) this.#mode = 'sql';
    return true;
  }

  /** What was read since the last piece. */
  #taken(): Buffer {
    const bytes = this.#buffer.subarray(this.#mark, this.#at);
    this.#mark = this.#at;
    const held = this.#held.splice(0);
    this.#heldBytes = 0;
    return held.length === 0 ? bytes : Buffer.concat([...held, bytes]);
  }

  /** Keeps what was read until its statement is complete; hands it on if it becomes too much. */
  #hold(): void {
    const bytes = this.#buffer.subarray(this.#mark, this.#at);
    this.#mark = this.#at;
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes <= HELD_BYTES) return;
    this.#pieces.push({ kind: 'part', bytes: Buffer.concat(this.#held), words: this.#words });
    this.#handedParts = true;
    this.#held = [];
    this.#heldBytes = 0;
  }
}
