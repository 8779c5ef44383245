import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { openFileSource } from './range.ts';

const CHUNK_BYTES = 1 << 20;

export interface Copied {
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

/** Copies a regular file, never through a link, and hashes it on the way. Rejects with the system's error, or when `stop` fires. */
export async function copyHashed(
  from: string,
  to: string,
  how: { readonly stop: AbortSignal; taken(bytes: number): void },
): Promise<Copied> {
  await using source = await openFileSource(from);
  const target = await open(to, 'w', 0o600);
  const hash = createHash('sha256');
  let at = 0;
  try {
    while (at < source.size) {
      how.stop.throwIfAborted();
      const chunk = await source.read(at, CHUNK_BYTES);
      if (chunk.length === 0) break;
      hash.update(chunk);
      await target.writeFile(chunk);
      at += chunk.length;
      how.taken(chunk.length);
    }
  } finally {
    await target.close();
  }
  return { bytes: at, sha256: hash.digest('hex') };
}
