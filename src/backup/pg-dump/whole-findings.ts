import { finding, type Finding } from '../../finding/finding.ts';
import { findingsOfWhole, type Whole } from '../dump-files/whole.ts';
import { NEWEST_ARCHIVE } from './archive-header.ts';
import type { PgDumpHandle } from './handle.ts';

/** What the look at a dump's bytes comes to. An archive of a version that nobody here knows is not looked at. */
export async function wholeFindings(
  { archiveVersion, format }: Pick<PgDumpHandle, 'archiveVersion' | 'format'>,
  bytes: number,
  looking: () => Promise<Whole>,
): Promise<readonly Finding[]> {
  if (format !== 'plain' && isNewer(archiveVersion)) {
    const facts = { probe: 'backup', required: false, expected: NEWEST_ARCHIVE, observed: archiveVersion };
    return [finding('backup.newer-format', 'inconclusive', facts)];
  }
  return findingsOfWhole(bytes, looking);
}

/** A version that PostgreSQL will not reach for decades is no newer format: its bytes are damaged, and the checks say so. */
function isNewer(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? '0.0').split('.').map(Number);
  const [, known = 0] = NEWEST_ARCHIVE.split('.').map(Number);
  return major === 2 || (major === 1 && minor > known);
}
