/** What an archive holds, one after the other. Paths are one character per byte. */
export interface Member {
  readonly path: string;
  readonly type: 'file' | 'folder' | 'link' | 'hard-link' | 'special';
  /** Of a link. */
  readonly target: string;
  readonly mode: number;
  /** As it will be on disk; `null`: cannot be told from here. */
  readonly bytes: number | null;
  /** It bears extended attributes or an access list. */
  readonly attributed: boolean;
  /** Its headers as tar reads them. */
  readonly header: Buffer;
  /** Bytes that follow the headers, as they are to be handed to tar; must be read to its end before the next member. */
  readonly body: AsyncIterable<Buffer>;
  /** Length of `body`, without the zeros that fill its last block. */
  readonly stored: number;
}

/** Bytes that are not what an archive of this format holds. */
export class BadArchive extends Error {
  override readonly name = 'BadArchive';
  readonly kind: 'truncated' | 'corrupt' | 'unsupported';
  constructor(kind: 'truncated' | 'corrupt' | 'unsupported') {
    super(kind);
    this.kind = kind;
  }
}

export const BLOCK = 512;

/** Reads a body that is not wanted to its end. */
export async function skip(body: AsyncIterable<Buffer>): Promise<void> {
  const pieces = body[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
}

/** Zeros that fill the last block. */
export function padding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);
}

/** Reads a stream in the lengths that a format asks for. */
export class Reader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Exactly so many bytes. Throws BadArchive `truncated`. */
  async read(length: number): Promise<Buffer> {
    while (this.#rest.length < length) {
      const next = await this.#chunks.next();
      if (next.done === true) throw new BadArchive('truncated');
      this.#rest = Buffer.concat([this.#rest, next.value]);
    }
    const bytes = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return bytes;
  }

  /** So many bytes in pieces as they come. */
  async *pieces(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      if (this.#rest.length === 0) this.#rest = await this.#more();
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** What is left is of no interest, but whoever writes it must come to its end. */
  async drain(): Promise<void> {
    this.#rest = Buffer.alloc(0);
    for (;;) if ((await this.#chunks.next()).done === true) return;
  }

  async #more(): Promise<Buffer> {
    const next = await this.#chunks.next();
    if (next.done === true) throw new BadArchive('truncated');
    return next.value;
  }
}
