import { join } from 'node:path';
import { sha256Hex } from '../evidence/digest.ts';
import { open, syncFolder, writeDurably } from '../system/files.ts';
import { storeError } from './error.ts';
import { privateFolder } from './home.ts';
import type { LedgerPaths } from './ledger-folder.ts';

/** Puts one line behind the others, durable when it resolves. If it cannot, not a byte of it stays. Only under the client's lock. */
export async function appendLine(paths: LedgerPaths, line: Uint8Array, atByte: number): Promise<void> {
  try {
    const file = await open(paths.lines, 'a', 0o644);
    try {
      await file.appendFile(Buffer.concat([line, Buffer.from('\n')]));
      await file.sync();
    } catch (error) {
      await file.truncate(atByte);
      await file.sync();
      throw error;
    } finally {
      await file.close();
    }
    if (atByte === 0) await syncFolder(paths.folder);
  } catch (cause) {
    throw storeError(cause, paths.lines);
  }
}

export interface CutOff {
  readonly bytes: number;
  readonly sha256: string;
}

/** After a crash: takes the bytes behind the last newline away and keeps them aside. Only under the client's lock. */
export async function cutPartialLine(paths: LedgerPaths, atByte: number): Promise<CutOff> {
  try {
    const file = await open(paths.lines, 'r+');
    try {
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(size - atByte), 0, size - atByte, atByte);
      const sha256 = sha256Hex(buffer);
      const folder = await privateFolder(paths.recovered);
      await writeDurably(join(folder, `${atByte}-${sha256.slice(0, 12)}.bin`), buffer, 0o600);
      await file.truncate(atByte);
      await file.sync();
      return { bytes: size - atByte, sha256 };
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw storeError(cause, paths.lines);
  }
}
