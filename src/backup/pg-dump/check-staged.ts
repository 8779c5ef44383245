import { join } from 'node:path';
import { finding, type Finding } from '../../finding/finding.ts';
import { readFile } from '../../system/files.ts';
import { openFileSource, type ByteSource } from '../../system/range.ts';
import { NEWEST_ARCHIVE } from './archive-header.ts';
import type { PointHandle } from './point.ts';
import { contentWhole, plainWhole } from './whole-content.ts';
import { customWhole } from './whole-custom.ts';
import { directoryWhole } from './whole-directory.ts';
import { tarWhole } from './whole-tar.ts';
import { lz4Whole, xzWhole, zstdWhole } from './whole-wrapping.ts';
import { both, WHOLE, type Whole } from './whole.ts';

/** What lies in the staging folder. */
export interface StagedBytes {
  readonly handle: PointHandle;
  /** The file, or the folder of a directory dump. */
  readonly path: string;
  readonly bytes: number;
  /** Of a directory dump: size by name. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Cheap checks before the dear one. A passed one only says that nothing speaks against the bytes. */
export async function checkStaged(staged: StagedBytes, stop: AbortSignal): Promise<readonly Finding[]> {
  const { archiveVersion, format } = staged.handle;
  if (format !== 'plain' && isNewer(archiveVersion)) {
    return [
      finding('backup.newer-format', 'inconclusive', {
        probe: 'backup',
        required: false,
        expected: NEWEST_ARCHIVE,
        observed: archiveVersion,
      }),
    ];
  }
  const whole = await wholeOf(staged, stop);
  if (whole.says === 'bad') return whole.findings;
  if (whole.says === 'whole') return [finding('backup.ok', 'passed', { probe: 'backup', unit: 'bytes', observed: staged.bytes })];
  return [finding('backup.not-checked', 'skipped', { probe: 'backup', required: false, unit: 'bytes', observed: staged.bytes })];
}

async function wholeOf(staged: StagedBytes, stop: AbortSignal): Promise<Whole> {
  if (staged.handle.format === 'directory') {
    await using toc = await openFileSource(join(staged.path, 'toc.dat'));
    return await directoryWhole({ toc, sizes: staged.sizes, text: name => readFile(join(staged.path, name), 'utf8') });
  }
  await using source = await openFileSource(staged.path);
  const { compression, format } = staged.handle;
  if (compression === 'none') return await CONTENT[format](source);
  const wrapping = await WRAPPINGS[compression](source);
  return both(wrapping, wrapping.says === 'bad' ? WHOLE : await contentWhole(staged, { compression, format }, stop));
}

type Check = (source: ByteSource) => Promise<Whole>;

const CONTENT = { custom: customWhole, tar: tarWhole, plain: plainWhole } satisfies Record<string, Check>;
/** Of gzip only its content can tell. */
const WRAPPINGS = { gzip: () => Promise.resolve(WHOLE), zstd: zstdWhole, lz4: lz4Whole, xz: xzWhole } satisfies Record<string, Check>;

/** A version that PostgreSQL will not reach for decades is no newer format: its bytes are damaged, and the checks below say so. */
function isNewer(version: string | null): boolean {
  const [major = 0, minor = 0] = (version ?? '0.0').split('.').map(Number);
  const [, known = 0] = NEWEST_ARCHIVE.split('.').map(Number);
  return major === 2 || (major === 1 && minor > known);
}
