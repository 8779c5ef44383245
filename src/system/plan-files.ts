import { resolve } from 'node:path';
import { isCode, open, readdir, stat } from './files.ts';

/** The disk as the reader of plans sees it: looks, never writes. */
export const planFiles = { absolute: (path: string): string => resolve(path), look, names, read };

/** File systems tell two changes apart that are some milliseconds apart, not two of the same moment. */
const SETTLED_MS = 2_000;
/** Room for a usual plan: that for the longest would be cleared anew for each of ten thousand files. */
const USUAL_BYTES = 16_384;

interface Looked {
  readonly kind: 'file' | 'folder' | 'missing' | 'other';
  readonly stamp: string | undefined;
}

/** What stands there, links followed. A dangling link is missing. */
async function look(path: string): Promise<Looked> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return { kind: found.isDirectory() ? 'folder' : 'other', stamp: undefined };
    const { dev, ino, size, mtimeMs, ctimeMs } = found;
    return { kind: 'file', stamp: ctimeMs > Date.now() - SETTLED_MS ? undefined : [dev, ino, size, mtimeMs, ctimeMs].join(' ') };
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR') || isCode(error, 'ENAMETOOLONG')) return { kind: 'missing', stamp: undefined };
    return { kind: 'other', stamp: undefined };
  }
}

async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).sort();
}

/** At most `limit` bytes: whatever a path leads to, it does not fill the memory. */
async function read(file: string, limit: number): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    let buffer = Buffer.alloc(Math.min(limit, USUAL_BYTES));
    let length = 0;
    while (length < limit) {
      if (length === buffer.length) buffer = Buffer.concat([buffer], Math.min(limit, 4 * length));
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return new Uint8Array(buffer.subarray(0, length));
  } finally {
    await handle.close();
  }
}
