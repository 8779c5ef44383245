import { basename, dirname, join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { exists } from '../../system/files.ts';
import type { PostgresBinaries } from '../../system/postgres-binaries.ts';
import type { Found } from './restored-place.ts';

/** What whoever restores this by hand would stumble over, although it did not stop us. */
export async function noticed(found: Found, { bin }: PostgresBinaries): Promise<readonly Finding[]> {
  const libraries = join(dirname(bin), 'lib');
  const there = await Promise.all(found.preload.map(name => exists(join(libraries, `${basename(name, '.so')}.so`))));
  const missing = there.filter(one => !one).length;
  const note = { probe: 'restore', required: false };
  return [
    ...(found.standby ? [finding('restore.standby-signal', 'failed', note)] : []),
    ...(found.hasSettings ? [] : [finding('restore.settings-not-in-backup', 'skipped', note)]),
    ...(missing === 0
      ? []
      : [finding('restore.preload-missing', 'inconclusive', { probe: 'restore', unit: 'libraries', expected: 0, observed: missing })]),
  ];
}
