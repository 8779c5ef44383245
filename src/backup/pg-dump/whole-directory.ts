import type { ByteSource } from '../../system/range.ts';
import { HEADER_BYTES, parseArchiveHeader } from './archive-header.ts';
import { readToc } from './archive-toc.ts';
import { readingArchive } from './whole-custom.ts';
import { bad, both, WHOLE, type Whole } from '../dump-files/whole.ts';

/** The files of a directory dump. */
export interface DirectoryFiles {
  readonly toc: ByteSource;
  /** Size by name. */
  readonly sizes: ReadonlyMap<string, number>;
  /** Text of a small file, such as a list of large objects. */
  text(name: string): Promise<string>;
  /** Looks at one file of data; `isTable`: its content ends as COPY does. Without it a restore is the check. */
  file?(name: string, isTable: boolean): Promise<Whole>;
}

const SUFFIXES = ['', '.gz', '.lz4', '.zst'];

/** Every file that the table of contents or a list of large objects names is there, and those of tables hold something; then each is looked at. */
export async function directoryWhole(files: DirectoryFiles): Promise<Whole> {
  return readingArchive(files.toc, async () => {
    const header = parseArchiveHeader(await files.toc.read(0, HEADER_BYTES));
    let named = 0;
    let missing = 0;
    const there = new Map<string, boolean>();
    const expect = (name: string, isTable: boolean): void => {
      named += 1;
      const found = fileNamed(files, name);
      // Even an empty table has an end mark in its file.
      if (found === undefined || (isTable && found.size === 0)) missing += 1;
      else there.set(found.name, isTable);
    };
    for await (const { hasData, file } of readToc(files.toc, header)) {
      if (!hasData || file === null) continue;
      expect(file, true);
      if (!file.endsWith('.toc') || fileNamed(files, file) === undefined) continue;
      for (const line of (await files.text(file)).split('\n')) {
        const blob = /^\d+ (blob_\d+\.dat)$/.exec(line)?.[1];
        if (blob !== undefined) expect(blob, false);
      }
    }
    if (missing > 0) return bad('backup.files-missing', { unit: 'files', expected: named, observed: missing });
    return eachWhole(files, there);
  });
}

async function eachWhole(files: DirectoryFiles, there: ReadonlyMap<string, boolean>): Promise<Whole> {
  let all: Whole = WHOLE;
  if (files.file === undefined) return all;
  for (const [name, isTable] of there) {
    if (name.endsWith('.toc')) continue;
    all = both(all, await files.file(name, isTable));
    if (all.says === 'bad') break;
  }
  return all;
}

function fileNamed(files: DirectoryFiles, name: string): { readonly name: string; readonly size: number } | undefined {
  for (const suffix of SUFFIXES) {
    const size = files.sizes.get(name + suffix);
    if (size !== undefined) return { name: name + suffix, size };
  }
  return undefined;
}
