import type { ByteSource } from '../../system/range.ts';
import { HEADER_BYTES, parseArchiveHeader } from './archive-header.ts';
import { readToc } from './archive-toc.ts';
import { readingArchive } from './whole-custom.ts';
import { bad, WHOLE, type Whole } from './whole.ts';

/** The files of a directory dump as they were staged. */
export interface DirectoryFiles {
  readonly toc: ByteSource;
  /** Size by name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Text of a small file, such as a list of large objects. */
  text(name: string): Promise<string>;
}

const SUFFIXES = ['', '.gz', '.lz4', '.zst'];

/** Every file that the table of contents or a list of large objects names is there, and those of tables hold something. */
export async function directoryWhole(files: DirectoryFiles): Promise<Whole> {
  return readingArchive(files.toc, async () => {
    const header = parseArchiveHeader(await files.toc.read(0, HEADER_BYTES));
    let named = 0;
    let missing = 0;
    const expect = (there: boolean): void => {
      named += 1;
      if (!there) missing += 1;
    };
    for await (const { hasData, file } of readToc(files.toc, header)) {
      if (!hasData || file === null) continue;
      // Even an empty table has an end mark in its file.
      expect((sizeOf(files, file) ?? 0) > 0);
      if (!file.endsWith('.toc') || sizeOf(files, file) === undefined) continue;
      for (const line of (await files.text(file)).split('\n')) {
        const blob = /^\d+ (blob_\d+\.dat)$/.exec(line)?.[1];
        if (blob !== undefined) expect(sizeOf(files, blob) !== undefined);
      }
    }
    return missing === 0 ? WHOLE : bad('backup.files-missing', { unit: 'files', expected: named, observed: missing });
  });
}

function sizeOf(files: DirectoryFiles, name: string): number | undefined {
  for (const suffix of SUFFIXES) {
    const size = files.sizes.get(name + suffix);
    if (size !== undefined) return size;
  }
  return undefined;
}
