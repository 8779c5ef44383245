import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

export { crc32 } from 'node:zlib';

/** SHA-256 (hex) of a file, read as a stream. Rejects when it cannot be read or `stop` fires. */
export async function hashFile(path: string, stop: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal: stop }) as AsyncIterable<Buffer>) hash.update(chunk);
  return hash.digest('hex');
}

/** One digest for several files: SHA-256 over `name NUL sha256 LF`, sorted by name (bytes), so that the order of listing does not matter. */
export function digestOfFiles(files: readonly { readonly name: string; readonly sha256: string }[]): string {
  const hash = createHash('sha256');
  for (const { name, sha256 } of [...files].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))))
    hash.update(`${name}\0${sha256}\n`);
  return hash.digest('hex');
}
