import { readdir, stat, truncate } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspect } from '../../../src/backup/pg-dump/inspect.ts';
import { access, join, never, onlyPoint, said, startDumpSource, type DumpSource } from './dumps.ts';

/** How each dump is made of those that were made once. */
const KINDS = [
  ['custom', 'cp $S/custom ehr.dump'],
  ['custom into a pipe', 'cp $S/piped ehr.dump'],
  ['custom, not compressed', 'cp $S/raw ehr.dump'],
  ['plain', 'cp $S/plain ehr.dump'],
  ['plain in gzip', 'gzip -c $S/plain > ehr.dump'],
  ['plain in zstd', 'zstd -q $S/plain -o ehr.dump'],
  ['plain in lz4', 'lz4 -q $S/plain ehr.dump'],
  ['plain in xz', 'xz -1 -c $S/plain > ehr.dump'],
  ['custom in gzip', 'gzip -c $S/custom > ehr.dump'],
  ['tar', 'cp $S/tar ehr.dump'],
] as const;

const HEALTHY = [
  ...KINDS,
  ['directory', 'cp -r $S/directory ehr'],
  ['directory, not compressed', 'cp -r $S/rawdirectory ehr'],
  ['empty database', 'cp $S/void ehr.dump'],
  ['empty database, tar', 'cp $S/voidtar ehr.dump'],
  ['empty database, directory', 'cp -r $S/voiddirectory ehr'],
  ['plain with empty lines behind it', '{ cat $S/plain; printf "\\n\\n\\n"; } > ehr.dump'],
  ['custom with a line behind it', '{ cat $S/custom; echo; } > ehr.dump'],
  ['gzip of two parts', '{ head -c 100000 $S/plain | gzip; tail -c +100001 $S/plain | gzip; } > ehr.dump'],
  ['plain without its last line feed', 'head -c -1 $S/plain > ehr.dump'],
] as const;

const STOCK = [
  'createdb void',
  'pg_dump -Fc -f custom ehr & pg_dump -Fc ehr | cat > piped & pg_dump -Fc -Z0 -f raw ehr & pg_dump -f plain ehr & pg_dump -Ft -f tar ehr',
  'pg_dump -Fd -f directory ehr & pg_dump -Fd -Z0 -f rawdirectory ehr & pg_dump -Fc -f void void & pg_dump -Ft -f voidtar void',
  'pg_dump -Fd -f voiddirectory void; wait',
].join('; ');

describe('a dump that is looked at where it lies', () => {
  let source: DumpSource;
  let stock: string;
  beforeAll(async () => {
    source = await startDumpSource();
    stock = await source.folder();
    await source.shell(stock, STOCK);
  });
  afterAll(() => source[Symbol.asyncDispose]());

  async function made(command: string): Promise<string> {
    const folder = await source.folder();
    await source.shell(folder, `S=${stock}; ${command}`);
    return folder;
  }

  async function looked(folder: string): Promise<readonly string[]> {
    return said(await inspect(await onlyPoint(folder), access({ from: folder }), never));
  }

  it.each(HEALTHY)('is whole: %s', async (_, command) => {
    expect(await looked(await made(command))).toEqual(['backup.ok passed']);
  });

  it.each(KINDS)('is found cut wherever it was cut: %s', async (kind, command) => {
    const folder = await made(command);
    const file = join(folder, 'ehr.dump');
    const point = await onlyPoint(folder);
    const { size } = await stat(file);
    // The last line feed of a plain dump may be missing: nothing is lost.
    const cuts = [size - 1, ...[99, 50, 10].map(percent => Math.floor((size * percent) / 100)), 40, 8];
    const found = [];
    for (const bytes of kind === 'plain' ? [size - 150, ...cuts.slice(1)] : cuts) {
      await truncate(file, bytes);
      const again = {
        ...point,
        bytes,
        handle: { ...point.handle, entry: { ...(point.handle.entry as object), ...(await entryOf(file)) } },
      };
      found.push(...said(await inspect(again, access({ from: folder }), never)));
    }

    expect([...new Set(found)]).toEqual(['backup.truncated failed']);
  });

  async function entryOf(file: string): Promise<{ size: number; etag: string }> {
    const { size, ino, mtimeMs } = await stat(file);
    return { size, etag: `${ino}-${mtimeMs}-${size}` };
  }

  it.each([
    ['a file that is missing', 'rm "$(ls -S ehr/*.dat.gz | head -1)"', 'backup.files-missing failed'],
    ['a file that is empty', ': > "$(ls -S ehr/*.dat.gz | head -1)"', 'backup.files-missing failed'],
    ['a file that is cut', 'truncate -s -1 "$(ls -S ehr/*.dat.gz | head -1)"', 'backup.truncated failed'],
    ['a table of contents that is cut', 'truncate -s 900 ehr/toc.dat', 'backup.truncated failed'],
    ['a large object that is cut', 'truncate -s 20 "$(ls ehr/blob_*.gz | head -1)"', 'backup.truncated failed'],
  ])('in directory format with %s is not whole', async (_, spoil, code) => {
    expect(await looked(await made(`cp -r $S/directory ehr; ${spoil}`))).toEqual([code]);
  });

  it('in directory format, not compressed, with a file that is cut is not whole', async () => {
    const folder = await made('cp -r $S/rawdirectory ehr');
    const [name = ''] = (await readdir(join(folder, 'ehr'))).filter(file => /^\d+\.dat$/.test(file));
    await truncate(join(folder, 'ehr', name), Math.max(1, (await stat(join(folder, 'ehr', name))).size - 5));

    expect(await looked(folder)).toEqual(['backup.truncated failed']);
  });
});
