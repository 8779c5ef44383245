import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Bytes that can be read at any place: a file, an object, a buffer. */
export interface ByteSource {
  readonly size: number;
  /** Up to `length` bytes from `from`; fewer only at the end. */
  read(from: number, length: number): Promise<Buffer>;
}

/** A source that must be closed. */
export interface OpenSource extends ByteSource, AsyncDisposable {}

/** Opens a regular file, never through a link at its end and never waiting for a fifo. Rejects with the system's error; `EFTYPE` for anything but a file. */
export async function openFileSource(path: string): Promise<OpenSource> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw Object.assign(new Error('expected a regular file'), { code: 'EFTYPE' });
    return {
      size: facts.size,
      read: async (from, length) => {
        const wanted = Math.max(0, Math.min(length, facts.size - from));
        const bytes = Buffer.allocUnsafe(wanted);
        let filled = 0;
        while (filled < wanted) {
          const { bytesRead } = await file.read(bytes, filled, wanted - filled, from + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return bytes.subarray(0, filled);
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Bytes in memory as a source. */
export function bufferSource(bytes: Buffer): ByteSource {
  return { size: bytes.length, read: (from, length) => Promise.resolve(bytes.subarray(from, from + length)) };
}
