import { createHash } from 'node:crypto';
import { open } from '../../system/files.ts';
import { rawPath } from '../../system/walk.ts';
import { entropyOf } from '../../system/entropy.ts';

/** So much of a file's beginning says how disorderly its bytes are. */
const LOOKED_AT = 64 << 10;

export interface Content {
  readonly sha256: string;
  /** By the list's algorithm, if another one was asked for. */
  readonly digest: string;
  /** Bits per byte of its beginning: 8 is what encrypted and well compressed bytes have. */
  readonly entropy: number;
}

/** Reads a file to its end. Undefined: it could not be read. */
export async function readContent(root: string, path: string, algorithm: string): Promise<Content | undefined> {
  try {
    await using file = await opened(root, path);
    const sha256 = createHash('sha256');
    const other = createHash(algorithm);
    let head: Buffer | undefined;
    for await (const chunk of file.handle.createReadStream({ highWaterMark: 1 << 20, autoClose: false }) as AsyncIterable<Buffer>) {
      head ??= chunk.subarray(0, LOOKED_AT);
      sha256.update(chunk);
      if (algorithm !== 'sha256') other.update(chunk);
    }
    const hex = sha256.digest('hex');
    return { sha256: hex, digest: algorithm === 'sha256' ? hex : other.digest('hex'), entropy: entropyOf(head ?? Buffer.alloc(0)) };
  } catch {
    // Whatever it was: this file is one that cannot be read, and is counted as such.
    return undefined;
  }
}

async function opened(root: string, path: string): Promise<{ handle: Awaited<ReturnType<typeof open>> } & AsyncDisposable> {
  const handle = await open(rawPath(root, path), 'r');
  return { handle, [Symbol.asyncDispose]: () => handle.close() };
}
