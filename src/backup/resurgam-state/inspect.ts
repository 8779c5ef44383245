import { finding, type Finding } from '../../finding/finding.ts';
import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { openEntry, sameOrThrow } from './entry.ts';
import { placeOf } from './options.ts';
import { entryOf } from './point.ts';
import { checkWhole } from './whole.ts';

/** What is larger is read by the drill alone. A state of ten thousand systems is smaller. */
const SMALL_BYTES = 8 << 20;

/** Looks whether a backup is whole where it lies: every count and digest, if it is small. Throws BackupError. */
export async function inspect(point: RecoveryPoint, access: StoreAccess, stop: AbortSignal): Promise<readonly Finding[]> {
  const entry = entryOf(point);
  const place = placeOf(access.section);
  if (entry.size > SMALL_BYTES)
    return [finding('backup.not-checked', 'skipped', { probe: 'backup', required: false, unit: 'bytes', observed: entry.size })];
  await using source = await openEntry(place, entry);
  const findings = await checkWhole(source, stop);
  if (findings.some(found => found.outcome === 'failed')) await sameOrThrow(place, entry);
  return findings;
}
