import { createHash } from 'node:crypto';
import { finding } from '../../finding/finding.ts';
import { isCode } from '../../system/files.ts';
import { BackupError, type PartRead, type ReadPlace, type RecoveryPoint } from '../backup.ts';
import { continued, covered, nextPart } from '../rotation.ts';
import { missingSegments } from './list.ts';
import { readOptions } from './options.ts';
import { handleOf } from './point.ts';
import { repositoryOf } from './run.ts';
import { isWhole } from './segment-check.ts';
import { fileOf, refuseIfBusy, segmentsOf } from './segments.ts';

/**
 * Reads every n-th segment of the repository and compares the checksum of each entry in it. A segment is in a part by its number, which it
 * keeps as long as it lives, so that after all parts every segment has been read. No key is needed for that.
 */
export async function readPart(point: RecoveryPoint, at: ReadPlace, stop: AbortSignal): Promise<PartRead> {
  const { repository, rotation } = readOptions(at.store.section);
  const store = createHash('sha256').update(handleOf(point).repository).digest('hex').slice(0, 16);
  const before = continued(at.before, { store, parts: rotation });
  const part = nextPart(before);
  const segments = await segmentsOf(repository);
  const mine = segments.there.filter(segment => segment % rotation === part - 1);
  let broken = 0;
  for (const [done, segment] of mine.entries()) {
    if (stop.aborted) throw new BackupError('stopped', 'reading the repository was stopped', { hint: 'Start the drill again.' });
    at.progress({ phase: 'probes', doneBytes: done, totalBytes: mine.length });
    if (!(await isWholeOrGone(await fileOf(repository, segment), stop))) broken += 1;
  }
  const missing = await missingSegments(at.store, segments);
  if (broken === 0 && missing.length === 0) return covered(before, part, at.store.now());
  await refuseIfBusy(repositoryOf(at.store), at.store.now());
  const damaged = finding('backup.digest-mismatch', 'failed', { probe: 'backup', unit: 'segments', observed: broken });
  return { findings: [...(broken === 0 ? [] : [damaged]), ...missing], facts: { ...before } };
}

/** A segment may be compacted away while we read; what is missing is counted by what is needed. */
async function isWholeOrGone(file: string, stop: AbortSignal): Promise<boolean> {
  try {
    return await isWhole(file, stop);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return true;
    throw error;
  }
}
