import { join } from 'node:path';
import { stat } from '../../system/files.ts';
import { keptData, type EmptyData } from '../../system/kept-data.ts';
import type { PostgresBinaries } from '../../system/postgres-binaries.ts';

/** The empty cluster of these very programs, as initdb made it, kept between drills. */
export async function templateIn(cache: string, { bin, major, version }: PostgresBinaries): Promise<EmptyData> {
  const { size, mtimeMs } = await stat(join(bin, 'postgres'));
  const name = `${major}-${version}-${size}-${Math.round(mtimeMs)}`;
  return keptData({ folder: join(cache, 'postgres-clusters'), name, family: `${major}-`, mark: 'PG_VERSION' });
}
