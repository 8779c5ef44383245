import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { BadStateBackup, type StateHeader } from '../../backup/state-backup.ts';
import { readStateBackup, type TakeRows } from '../../backup/state-reading.ts';
import { createReadStream, createWriteStream, link, rm, syncFolder } from '../../system/files.ts';
import { StoreError, storeError } from '../error.ts';

/**
 * Writes a backup: header, rows, and a last line with the digest of everything before it, as one gzip file. Whole or not at all, readable by its
 * owner alone, on the disk when it resolves, and read once more before it gets its name. Refuses a name that is taken. Throws StoreError.
 */
export async function writeBackup(file: string, header: StateHeader, rows: AsyncIterable<string>): Promise<void> {
  const temporary = join(dirname(file), `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    await pipeline(
      Readable.from(sealed(header, rows)),
      createGzip(),
      createWriteStream(temporary, { flags: 'wx', mode: 0o600, flush: true }),
    );
    await readBackup(temporary);
    await link(temporary, file);
    await syncFolder(dirname(file));
  } catch (cause) {
    throw cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? writeError(cause, file) : cause;
  } finally {
    // What could not be removed could not be made either, or its own error is being told.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function writeError(cause: Error & { readonly code?: unknown }, file: string): Error {
  if (cause.code !== 'EEXIST') return /^E[A-Z]+$/.test(String(cause.code)) ? storeError(cause, file) : cause;
  return new StoreError('broke', `${file}: expected a name that is free, there is a file already`, { hint: 'Choose another name.' });
}

async function* sealed(header: StateHeader, rows: AsyncIterable<string>): AsyncGenerator<string> {
  const whole = createHash('sha256');
  const sealing = (line: string): string => {
    whole.update(`${line}\n`);
    return `${line}\n`;
  };
  yield sealing(JSON.stringify(header));
  for await (const row of rows) yield sealing(row);
  yield `${JSON.stringify({ end: true, sha256: whole.digest('hex') })}\n`;
}

/**
 * Reads a backup to its end and compares every count and digest; resolves only if all are right. `take` gets the rows before that is known: whoever
 * keeps them must be able to forget them again. Throws StoreError `broke`.
 */
export async function readBackup(file: string, take: TakeRows = () => Promise.resolve()): Promise<StateHeader> {
  const source = createReadStream(file);
  const text = source.pipe(createGunzip());
  source.on('error', error => text.destroy(error));
  try {
    return await readStateBackup(text.setEncoding('utf8'), take);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && /^E[A-Z]+$/.test(String(cause.code))) throw storeError(cause, file);
    throw cause instanceof BadStateBackup ? refused(file, cause) : cause;
  } finally {
    source.destroy();
    text.destroy();
  }
}

function refused(file: string, cause: BadStateBackup): StoreError {
  const hint =
    cause.fault === 'newer'
      ? 'Restore it with the release that made it, or a later one.'
      : 'Take another backup: this one was cut off or changed.';
  return new StoreError('broke', `${file}: expected a whole backup of the state, ${cause.message}`, { hint, cause });
}
