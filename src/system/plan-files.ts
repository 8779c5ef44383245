import { resolve } from 'node:path';
import { isCode, open, readdir, stat } from './files.ts';

/** The disk as the reader of plans sees it: looks, never writes. */
export const planFiles = { absolute: (path: string): string => resolve(path), look, names, read };

/** What stands there, links followed. A dangling link is missing. */
async function look(path: string): Promise<'file' | 'folder' | 'missing' | 'other'> {
  try {
    const found = await stat(path);
    return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR') || isCode(error, 'ENAMETOOLONG')) return 'missing';
    return 'other';
  }
}

async function names(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).sort();
}

/** At most `limit` bytes: whatever a path leads to, it does not fill the memory. */
async function read(file: string, limit: number): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(limit);
    let length = 0;
    while (length < limit) {
      const { bytesRead } = await handle.read(buffer, length, limit - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return new Uint8Array(buffer.subarray(0, length));
  } finally {
    await handle.close();
  }
}
