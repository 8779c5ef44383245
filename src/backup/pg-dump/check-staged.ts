import { join } from 'node:path';
import type { Finding } from '../../finding/finding.ts';
import { readFile } from '../../system/files.ts';
import { openFileSource } from '../../system/range.ts';
import type { PointHandle } from './point.ts';
import { directoryWhole } from './whole-directory.ts';
import { fileWhole } from './whole-file.ts';
import type { Whole } from '../dump-files/whole.ts';
import { wholeFindings } from './whole-findings.ts';

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
  return wholeFindings(staged.handle, staged.bytes, () => wholeOf(staged, stop));
}

async function wholeOf(staged: StagedBytes, stop: AbortSignal): Promise<Whole> {
  if (staged.handle.format === 'directory') {
    await using toc = await openFileSource(join(staged.path, 'toc.dat'));
    return await directoryWhole({ toc, sizes: staged.sizes, text: name => readFile(join(staged.path, name), 'utf8') });
  }
  await using source = await openFileSource(staged.path);
  return await fileWhole(source, staged.handle, stop);
}
