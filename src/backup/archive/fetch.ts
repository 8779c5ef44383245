import { join } from 'node:path';
import { finding } from '../../finding/finding.ts';
import type { FetchPlace, RecoveryPoint, Staged } from '../backup.ts';
import { translated } from '../store-error.ts';
import { joinParts, rootOf, throwIfStopped } from './entry.ts';
import { readOptions } from './options.ts';
import { readHandle, STAGED_FILE } from './point.ts';

/** Brings the archive into the staging folder, its parts joined, with the digest of the whole. A repeated fetch begins anew. */
export async function fetch(point: RecoveryPoint, at: FetchPlace, stop: AbortSignal): Promise<Staged> {
  throwIfStopped(stop);
  const handle = readHandle(point.handle);
  const { from } = readOptions(at.store.section);
  const sha256 = await translated(from, async () => {
    const { root } = await rootOf(from);
    const progress = (doneBytes: number): void => at.progress({ phase: 'fetch', doneBytes, totalBytes: point.bytes });
    return joinParts({ root, parts: handle.parts, file: join(at.staging, STAGED_FILE), progress }, stop);
  });
  const differs = handle.sha256 !== null && handle.sha256 !== sha256;
  return {
    ...{ folder: at.staging, bytes: point.bytes, sha256 },
    findings: differs ? [finding('backup.digest-mismatch', 'failed', { probe: 'backup', expected: handle.sha256, observed: sha256 })] : [],
    handle: { format: handle.format, wrapping: handle.wrapping },
  };
}
