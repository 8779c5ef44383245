import { StringDecoder } from 'node:string_decoder';

/** A piece of a text in LDIF (RFC 2849), folded lines joined. */
export type LdifPiece =
  /** `form`: how the value is written. `sound`: false if it claims to be base64 and is not. `value` is as written, and cut if it is very long. */
  | {
      readonly kind: 'attribute';
      readonly name: string;
      readonly form: 'text' | 'base64' | 'url';
      readonly value: string;
      readonly sound: boolean;
    }
  /** The empty line after an entry. */
  | { readonly kind: 'end' }
  | { readonly kind: 'comment' }
  /** A line that is none of these. */
  | { readonly kind: 'other' };

/** More of one value is not kept: pictures may be large, and what is hostile larger. */
const LONGEST = 16 << 20;

/** Reads LDIF in chunks. Where they are cut makes no difference. */
export class LdifReader {
  readonly #take: (piece: LdifPiece) => void;
  readonly #decoder = new StringDecoder('utf8');
  /** The physical line that is not complete yet, and the logical one that may go on in the next. */
  #open = '';
  #logical: string | undefined;
  /** Within an entry: an empty line ends it. */
  #within = false;
  #lastKind: LdifPiece['kind'] = 'end';

  constructor(take: (piece: LdifPiece) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    const parts = this.#decoder.write(chunk).split('\n');
    const last = parts.pop() ?? '';
    for (const part of parts) {
      this.#line(this.#open + part);
      this.#open = '';
    }
    if (this.#open.length < LONGEST) this.#open += last;
  }

  /** True if the text ended where an entry or a comment does, false if in the middle of something. */
  finish(): boolean {
    const cut = this.#open + this.#decoder.end();
    if (cut !== '') this.#line(cut);
    this.#close();
    return cut === '' && this.#lastKind !== 'attribute' && this.#lastKind !== 'other';
  }

  #line(text: string): void {
    const line = text.endsWith('\r') ? text.slice(0, -1) : text;
    if (line.startsWith(' ') && this.#logical !== undefined) {
      if (this.#logical.length < LONGEST) this.#logical += line.slice(1);
      return;
    }
    this.#close();
    if (line !== '') this.#logical = line;
    else if (this.#within) {
      this.#within = false;
      this.#say({ kind: 'end' });
    }
  }

  #close(): void {
    const line = this.#logical;
    this.#logical = undefined;
    if (line === undefined) return;
    const piece = pieceOf(line);
    if (piece.kind === 'attribute' && piece.name !== 'version') this.#within = true;
    this.#say(piece);
  }

  #say(piece: LdifPiece): void {
    this.#lastKind = piece.kind;
    this.#take(piece);
  }
}

function pieceOf(line: string): LdifPiece {
  if (line.startsWith('#')) return { kind: 'comment' };
  const match = /^([A-Za-z0-9][A-Za-z0-9.;_-]*):([:<]?) */.exec(line);
  if (match === null) return { kind: 'other' };
  const [head, name = '', mark] = match;
  const value = line.slice(head.length);
  const form = mark === ':' ? 'base64' : mark === '<' ? 'url' : 'text';
  return { kind: 'attribute', name, form, value, sound: form !== 'base64' || isBase64(value) };
}

function isBase64(value: string): boolean {
  if (value.length >= LONGEST) return true;
  return value.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(value);
}

/** The text of a value, whichever way it is written. */
export function textOfValue({ form, value }: { readonly form: 'text' | 'base64' | 'url'; readonly value: string }): string {
  return form === 'base64' ? Buffer.from(value, 'base64').toString('utf8') : value;
}

/** A name of an entry as it can be compared: case and the spaces around its parts do not count. */
export function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/\s*([,=])\s*/g, '$1');
}
