import { join } from 'node:path';
import type { Finding } from '../../finding/finding.ts';
import { exists } from '../../system/files.ts';
import { openFileSource, type OpenSource } from '../../system/range.ts';
import { STAGED } from './handle.ts';
import { checkDatabase } from './whole.ts';

/** Looks at a database and what lies beside it in a folder of ours. Reads bytes; SQLite is not asked. */
export async function checkParts(
  folder: string,
  demands: { readonly wal: boolean },
  names: Readonly<Record<keyof typeof STAGED, string>> = STAGED,
): Promise<readonly Finding[]> {
  const opened: OpenSource[] = [];
  const part = async (name: string): Promise<OpenSource | null> => {
    if (!(await exists(join(folder, name)))) return null;
    const source = await openFileSource(join(folder, name));
    opened.push(source);
    return source;
  };
  try {
    const main = await part(names.entry);
    if (main === null) throw new Error('the database is not where it was staged');
    const beside = { wal: await part(names.wal), shm: await part(names.shm), journal: await part(names.journal) };
    return await checkDatabase({ main, ...beside }, demands);
  } finally {
    for (const source of opened) await source[Symbol.asyncDispose]();
  }
}
