import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ByteSource } from '../../system/range.ts';
import { throwIfStopped } from './entry.ts';

const CHUNK_BYTES = 1 << 20;
/** The first two bytes of a gzip file. */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** So many characters a line of rows may have: a file of evidence is one. */
export const LONGEST_LINE = 64 << 20;

export async function isPacked(source: ByteSource): Promise<boolean> {
  return (await source.read(0, 2)).equals(GZIP);
}

/** The bytes of a source as they lie there. */
export async function* bytesOf(source: ByteSource, stop: AbortSignal): AsyncGenerator<Buffer, undefined> {
  for (let at = 0; at < source.size;) {
    throwIfStopped(stop);
    const chunk = await source.read(at, CHUNK_BYTES);
    if (chunk.length === 0) return;
    at += chunk.length;
    yield chunk;
  }
}

/** The unpacked text as it comes, never all of it at once. `taken` learns how many packed bytes have been read. */
export async function* textOf(
  source: ByteSource,
  stop: AbortSignal,
  taken: (bytes: number) => void = () => undefined,
): AsyncGenerator<string, undefined> {
  const packed = Readable.from(counted(bytesOf(source, stop), taken));
  const text = packed.pipe(createGunzip());
  packed.on('error', error => text.destroy(error));
  try {
    for await (const chunk of text.setEncoding('utf8')) {
      throwIfStopped(stop);
      yield String(chunk);
    }
  } finally {
    packed.destroy();
    text.destroy();
  }
}

async function* counted(chunks: AsyncIterable<Buffer>, taken: (bytes: number) => void): AsyncGenerator<Buffer, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    taken(bytes);
    yield chunk;
  }
}
