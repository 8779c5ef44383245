import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { isCode, link, open, readFile, syncFolder, unlink } from '../system/files.ts';

/** Makes the file, durable and whole, unless it is there: of two processes one wins and both read the same. Returns what is there. */
export async function writeOnce(path: string, content: string, mode: number): Promise<string> {
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`);
  const file = await open(temporary, 'wx', mode);
  try {
    await file.writeFile(content);
    await file.sync();
    await link(temporary, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await file.close();
    await unlink(temporary);
  }
  await syncFolder(dirname(path));
  return readFile(path, 'utf8');
}
