import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { readdir, stat } from '../../system/files.ts';
import type { RecoveryPoint, StoreAccess } from '../backup.ts';
import { check } from './check.ts';
import { isFolder, readOptions } from './options.ts';
import { withRepository } from './place.ts';

/** An index of this size speaks of some hundred thousand files: what it names is looked up in seconds. */
const SMALL_INDEX_BYTES = 8 << 20;

/** Looks whether everything that the snapshots need is there and of its size, where that is cheap; the drill does it anyway. */
export async function inspect(point: RecoveryPoint, access: StoreAccess, stop: AbortSignal): Promise<readonly Finding[]> {
  const { repository } = readOptions(access.section);
  if (!isFolder(repository) || (await indexBytes(repository)) > SMALL_INDEX_BYTES)
    return [finding('backup.not-checked', 'skipped', { probe: 'backup', required: false, unit: 'bytes', observed: point.bytes })];
  const damage = await withRepository(access, at => check({ point, at }, stop));
  return damage.length > 0 ? damage : [finding('backup.ok', 'passed', { probe: 'backup' })];
}

async function indexBytes(repository: string): Promise<number> {
  const folder = join(repository, 'index');
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}
