import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isCode, open } from '../../system/files.ts';
import { openFileSource, type ByteSource } from '../../system/range.ts';
import { BackupError, type FetchPlace, type RecoveryPoint, type Staged } from '../backup.ts';
import { openEntry, sameOrThrow, translated } from './entry.ts';
import { placeOf } from './options.ts';
import { entryOf, STAGED_FILE } from './point.ts';
import { bytesOf } from './unpack.ts';
import { checkWhole } from './whole.ts';

/** Brings the bytes into the staging folder, with their digest, and reads all of them once: counts and digests of every table. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  const entry = entryOf(point);
  const place = placeOf(at.store.section);
  const file = join(at.staging, STAGED_FILE);
  await using source = await openEntry(place, entry);
  const sha256 = await translated(place, () => copied(source, { file, at }, stop));
  await sameOrThrow(place, entry);
  await using staged = await openFileSource(file);
  return { folder: at.staging, bytes: entry.size, sha256, findings: await checkWhole(staged, stop), handle: { file: STAGED_FILE } };
}

/** Copies and hashes in one pass; a repeated fetch begins anew. */
async function copied(source: ByteSource, to: { readonly file: string; readonly at: FetchPlace }, stop: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  const target = await open(to.file, 'w');
  let doneBytes = 0;
  try {
    for await (const chunk of bytesOf(source, stop)) {
      hash.update(chunk);
      await target.writeFile(chunk);
      doneBytes += chunk.length;
      to.at.progress({ phase: 'fetch', doneBytes, totalBytes: source.size });
    }
  } catch (cause) {
    if (!['ENOSPC', 'EDQUOT', 'EFBIG'].some(code => isCode(cause, code))) throw cause;
    const hint = 'Free disk space below RESURGAM_HOME, or raise limits.disk in the plan.';
    throw new BackupError('staging-full', 'no space left for the staged backup', { hint, cause });
  } finally {
    await target.close();
  }
  return hash.digest('hex');
}
