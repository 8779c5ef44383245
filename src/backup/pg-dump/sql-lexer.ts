import { isSpace, isWordByte, isWordStart } from './sql-words.ts';

/** Longer words, tags, comment lines and commands are not looked at as a whole. */
export const LOOKED_AT = 8_192;

/** What stands at a place of a script, up to `to`. A long one comes in several pieces. */
export interface Lexeme {
  readonly kind: 'space' | 'comment' | 'word' | 'mark' | 'quoted' | 'command';
  readonly to: number;
  /** Of a word: in capitals, empty if it is long or goes on from before. Of a comment line or a command: itself. */
  readonly text: string;
}

type Mode = 'sql' | 'word' | 'line' | 'block' | 'quote' | 'escaped' | 'name' | 'dollar';

const [NEWLINE, RETURN, DOUBLE, DOLLAR, SINGLE, STAR, MINUS, SLASH, BACKSLASH] = [10, 13, 34, 36, 39, 42, 45, 47, 92];

/** Reads SQL as psql does: what is quoted, commented out, a word, or a command to psql itself. */
export class SqlLexer {
  /** `standard_conforming_strings` is off: plain quotes escape with backslashes, too. */
  backslashEscapes = false;
  #mode: Mode = 'sql';
  #comments = 0;
  #tag: Buffer = Buffer.alloc(0);
  /** An escaping text just ended: a quote beside it, or after a line break, continues it. */
  #closed: 'no' | 'adjacent' | 'apart' | 'line-apart' = 'no';
  #buffer: Buffer = Buffer.alloc(0);
  #final = false;

  /** False inside a quoted text, a comment or a word. */
  outside(): boolean {
    return this.#mode === 'sql' || this.#mode === 'line';
  }

  /** The next lexeme; undefined if more must be seen first. */
  read(buffer: Buffer, at: number, final: boolean): Lexeme | undefined {
    this.#buffer = buffer;
    this.#final = final;
    switch (this.#mode) {
      case 'sql':
        return this.#sql(at);
      case 'word':
        return this.#restOfWord(at);
      case 'line':
        return this.#upTo(NEWLINE, { at, kind: 'comment' });
      case 'block':
        return this.#block(at);
      case 'quote':
        return this.#upTo(SINGLE, { at, kind: 'quoted' });
      case 'name':
        return this.#upTo(DOUBLE, { at, kind: 'quoted' });
      case 'escaped':
        return this.#escaped(at);
      case 'dollar':
        return this.#dollar(at);
    }
  }

  #sql(at: number): Lexeme | undefined {
    const byte = this.#buffer[at] ?? 0;
    if (isSpace(byte)) return this.#space(at);
    if (byte === MINUS || byte === SLASH) return this.#perhapsComment(at);
    if (byte === BACKSLASH) return this.#command(at);
    if (byte === SINGLE) return this.#quote(at);
    this.#closed = 'no';
    if (isWordStart(byte)) return this.#word(at);
    if (byte === DOLLAR) return this.#perhapsDollar(at);
    if (byte !== DOUBLE) return { kind: 'mark', to: at + 1, text: '' };
    return this.#enter('name', { kind: 'quoted', to: at + 1, text: '' });
  }

  #enter(mode: Mode, lexeme: Lexeme): Lexeme {
    this.#mode = mode;
    return lexeme;
  }

  /** To the byte that ends this mode, or to the end of what there is. */
  #upTo(byte: number, { at, kind }: { readonly at: number; readonly kind: Lexeme['kind'] }): Lexeme {
    const end = this.#buffer.indexOf(byte, at);
    if (end !== -1) this.#mode = 'sql';
    return { kind, to: end === -1 ? this.#buffer.length : end + 1, text: '' };
  }

  #space(at: number): Lexeme {
    let to = at;
    for (let byte = this.#buffer[to]; byte !== undefined && isSpace(byte); byte = this.#buffer[to]) {
      if (this.#closed === 'adjacent') this.#closed = 'apart';
      if (this.#closed === 'apart' && (byte === NEWLINE || byte === RETURN)) this.#closed = 'line-apart';
      to += 1;
    }
    return { kind: 'space', to, text: '' };
  }

  #quote(at: number): Lexeme {
    const continued = this.#closed === 'adjacent' || this.#closed === 'line-apart';
    this.#closed = 'no';
    return this.#enter(continued || this.backslashEscapes ? 'escaped' : 'quote', { kind: 'quoted', to: at + 1, text: '' });
  }

  #perhapsComment(at: number): Lexeme | undefined {
    const next = this.#buffer[at + 1];
    if (next === undefined && !this.#final) return undefined;
    if (this.#buffer[at] === MINUS && next === MINUS) return this.#lineComment(at);
    if (this.#buffer[at] === SLASH && next === STAR) {
      this.#comments = 1;
      return this.#enter('block', { kind: 'comment', to: at + 2, text: '' });
    }
    this.#closed = 'no';
    return { kind: 'mark', to: at + 1, text: '' };
  }

  /** Looked at as a whole, because pg_dump says things in them. Between two quoted texts it counts as a line break. */
  #lineComment(at: number): Lexeme | undefined {
    const line = this.#line(at);
    if (line === undefined) return undefined;
    if (this.#closed !== 'no') this.#closed = 'line-apart';
    return this.#enter(line.ended ? 'sql' : 'line', { kind: 'comment', to: line.to, text: line.text });
  }

  #line(at: number): { readonly to: number; readonly text: string; readonly ended: boolean } | undefined {
    const end = this.#buffer.indexOf(NEWLINE, at);
    if (end === -1 && !this.#final && this.#buffer.length - at < LOOKED_AT) return undefined;
    const to = end === -1 ? this.#buffer.length : end + 1;
    return { to, text: this.#buffer.toString('utf8', at, Math.min(to, at + LOOKED_AT)).trimEnd(), ended: end !== -1 };
  }

  #block(at: number): Lexeme | undefined {
    const buffer = this.#buffer;
    let to = at;
    for (; to < buffer.length; to += 1) {
      const byte = buffer[to];
      if (byte !== STAR && byte !== SLASH) continue;
      const next = buffer[to + 1];
      if (next === undefined && !this.#final) return to === at ? undefined : { kind: 'comment', to, text: '' };
      const step = byte === SLASH && next === STAR ? 1 : byte === STAR && next === SLASH ? -1 : 0;
      if (step !== 0) to += 1;
      this.#comments += step;
      if (this.#comments === 0) return this.#enter('sql', { kind: 'comment', to: to + 1, text: '' });
    }
    return { kind: 'comment', to, text: '' };
  }

  #escaped(at: number): Lexeme | undefined {
    const buffer = this.#buffer;
    let to = at;
    while (to < buffer.length) {
      const byte = buffer[to];
      if (byte === BACKSLASH && to + 1 === buffer.length && !this.#final) return to === at ? undefined : { kind: 'quoted', to, text: '' };
      to += byte === BACKSLASH ? 2 : 1;
      if (byte !== SINGLE) continue;
      this.#closed = 'adjacent';
      return this.#enter('sql', { kind: 'quoted', to, text: '' });
    }
    return { kind: 'quoted', to: Math.min(to, buffer.length), text: '' };
  }

  #word(at: number): Lexeme | undefined {
    const buffer = this.#buffer;
    const most = Math.min(buffer.length, at + LOOKED_AT);
    let to = at + 1;
    while (to < most && isWordByte(buffer[to] ?? 0)) to += 1;
    if (to === buffer.length && to < at + LOOKED_AT && !this.#final) return undefined;
    const text = to - at > 32 ? '' : buffer.toString('latin1', at, to).toUpperCase();
    if (text === 'E' && buffer[to] === SINGLE) return this.#enter('escaped', { kind: 'quoted', to: to + 1, text: '' });
    return this.#enter(to === at + LOOKED_AT ? 'word' : 'sql', { kind: 'word', to, text });
  }

  #restOfWord(at: number): Lexeme {
    let to = at;
    while (to < this.#buffer.length && isWordByte(this.#buffer[to] ?? 0)) to += 1;
    if (to < this.#buffer.length) this.#mode = 'sql';
    return { kind: 'space', to, text: '' };
  }

  #perhapsDollar(at: number): Lexeme | undefined {
    const buffer = this.#buffer;
    const most = Math.min(buffer.length, at + LOOKED_AT);
    let end = at + 1;
    while (end < most && isWordByte(buffer[end] ?? 0) && buffer[end] !== DOLLAR) end += 1;
    if (end === buffer.length && end < at + LOOKED_AT && !this.#final) return undefined;
    const first = buffer[at + 1] ?? 0;
    if (buffer[end] !== DOLLAR || (first >= 48 && first <= 57)) return { kind: 'mark', to: at + 1, text: '' };
    this.#tag = Buffer.from(buffer.subarray(at, end + 1));
    return this.#enter('dollar', { kind: 'quoted', to: end + 1, text: '' });
  }

  #dollar(at: number): Lexeme | undefined {
    const end = this.#buffer.indexOf(this.#tag, at);
    if (end !== -1) return this.#enter('sql', { kind: 'quoted', to: end + this.#tag.length, text: '' });
    const to = this.#final ? this.#buffer.length : Math.max(at, this.#buffer.length - this.#tag.length + 1);
    return to === at ? undefined : { kind: 'quoted', to, text: '' };
  }

  /** To the end of its line: psql reads no further for it either. */
  #command(at: number): Lexeme | undefined {
    const line = this.#line(at);
    return line === undefined ? undefined : { kind: 'command', to: line.to, text: line.text };
  }
}
