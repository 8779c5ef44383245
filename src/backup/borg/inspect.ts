import { finding, type Finding } from '../../finding/finding.ts';
import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { missingSegments, refuseToWrite, zeroed } from './list.ts';
import { readListing } from './listed.ts';
import { handleOf } from './point.ts';
import { repositoryOf, withRepository } from './run.ts';
import { refuseIfBusy, segmentsOf } from './segments.ts';

/** Whether everything that is needed is there, and whether the archive's own listing can be read to its end. No file's content is read. */
export async function inspect(point: RecoveryPoint, access: StoreAccess, stop: AbortSignal): Promise<readonly Finding[]> {
  const segments = await segmentsOf(repositoryOf(access));
  refuseToWrite(segments);
  const missing = await missingSegments(access, segments);
  if (missing.length > 0) return missing;
  return withRepository({ access }, async at => {
    const listed = await readListing({ at, archive: handleOf(point).archive }, stop);
    if (listed !== undefined) {
      const zeros = zeroed(listed);
      return zeros.length > 0 ? zeros : [finding('backup.ok', 'passed', { probe: 'backup' })];
    }
    await refuseIfBusy(repositoryOf(access), access.now());
    return [finding('backup.damaged', 'failed', { probe: 'backup' })];
  });
}
