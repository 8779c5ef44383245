import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checked, join, listing, said, startDumpSource, type DumpSource } from './dumps.ts';

describe('a dump that is not whole', () => {
  let source: DumpSource;
  beforeAll(async () => {
    source = await startDumpSource();
  });
  afterAll(() => source[Symbol.asyncDispose]());

  async function made(command: string): Promise<{ folder: string; file: string }> {
    const folder = await source.folder();
    await source.shell(folder, `{ ${command}; } > ehr.dump`);
    return { folder, file: join(folder, 'ehr.dump') };
  }

  const CUT = [
    'pg_dump -Fc ehr',
    'pg_dump -Fc -f seekable ehr && cat seekable && rm seekable',
    'pg_dump -Ft ehr',
    'pg_dump ehr',
    'pg_dump ehr | gzip',
    'pg_dump ehr | zstd -q',
    'pg_dump ehr | lz4 -q',
    'pg_dump ehr | xz',
    'pg_dump -Fc ehr | gzip',
    'pg_dump -Ft ehr | zstd -q',
  ];

  describe.each(CUT)('%s', command => {
    it.each([10, 50, 90, 99])('cut at %i percent is found cut before any restore', async percent => {
      const { folder, file } = await made(command);
      await truncate(file, Math.floor(((await stat(file)).size * percent) / 100));

      const findings = await checked(folder);

      expect(findings).toEqual(['backup.truncated failed']);
    });
  });

  it.each(['-Fc', '-Ft'])('of 20 bytes (%s) is a point, and cut', async format => {
    const { folder, file } = await made(`pg_dump ${format} ehr`);
    await truncate(file, format === '-Fc' ? 20 : 600);

    const findings = await checked(folder);

    expect(findings).toEqual(['backup.truncated failed']);
  });

  it.each([
    ['of no bytes', ': ', 'backup.empty'],
    ['that holds the error of pg_dump', 'pg_dump nosuchdb 2>&1 || true', 'backup.not-a-dump'],
    ['that is text', 'echo hello', 'backup.not-a-dump'],
    ['that is the empty output of a broken pipeline, compressed', 'pg_dump nosuchdb 2>/dev/null | gzip || true', 'backup.empty'],
    ['that is the empty output of a broken pipeline, in zstd', 'pg_dump nosuchdb 2>/dev/null | zstd -q || true', 'backup.empty'],
    ['that is the empty output of a broken pipeline, in lz4', 'pg_dump nosuchdb 2>/dev/null | lz4 -q || true', 'backup.empty'],
    ['that is the empty output of a broken pipeline, in xz', 'pg_dump nosuchdb 2>/dev/null | xz || true', 'backup.empty'],
    ['of which only the magic bytes of gzip are left', 'pg_dump ehr | gzip | head -c 10', 'backup.truncated'],
  ])('or a file %s makes the drill fail although an older dump is good', async (_, command, code) => {
    const folder = await source.folder();
    await source.shell(folder, `pg_dump -Fc -f ehr-1.dump ehr; touch -d '1 hour ago' ehr-1.dump; { ${command}; } > ehr-2.dump`);

    const { points, findings } = await listing(folder);

    expect(points).toHaveLength(1);
    expect(said(findings)).toContain(`${code} failed`);
  });

  it('with a newer temporary file that nobody writes any more is a failure; one being written is a note', async () => {
    const folder = await source.folder();
    await source.shell(
      folder,
      `pg_dump -Fc -f ehr-1.dump ehr; touch -d '3 hours ago' ehr-1.dump; echo PGDMP > ehr-2.dump.part; touch -d '1 hour ago' ehr-2.dump.part`,
    );
    const left = said((await listing(folder)).findings);
    await source.shell(folder, 'touch ehr-2.dump.part');
    const written = said((await listing(folder)).findings);

    expect(left).toEqual(['backup.newer-incomplete failed']);
    expect(written).toEqual(['backup.in-progress skipped (not required)']);
  });

  it('in directory format without its table of contents was never finished', async () => {
    const folder = await source.folder();
    await source.shell(
      folder,
      `pg_dump -Fd -f one ehr; pg_dump -Fd -f two ehr; rm two/toc.dat; touch -d '1 hour ago' two/*; touch -d '2 hours ago' one/*`,
    );

    const { points, findings } = await listing(folder);

    expect(points).toHaveLength(1);
    expect(said(findings)).toEqual(['backup.newer-incomplete failed']);
  });

  it.each([
    ['missing', (path: string) => rm(path)],
    ['empty', (path: string) => truncate(path, 0)],
  ])('in directory format with a data file %s is incomplete', async (_, spoil) => {
    const folder = await source.folder();
    await source.shell(folder, 'pg_dump -Fd -f one ehr');
    const file = (await readdir(join(folder, 'one'))).find(name => name.endsWith('.dat.gz') && !name.startsWith('blob'));
    await spoil(join(folder, 'one', file ?? ''));

    const findings = await checked(folder);

    expect(findings).toEqual(['backup.files-missing failed']);
  });

  it('in directory format without one of its large objects is incomplete', async () => {
    const folder = await source.folder();
    await source.shell(folder, 'pg_dump -Fd -f one ehr; rm "$(ls -d one/blob_* | head -1)"');

    const findings = await checked(folder);

    expect(findings).toEqual(['backup.files-missing failed']);
  });

  it('in gzip with a byte changed is found damaged', async () => {
    // Without the key that pg_dump draws: the same bytes each time.
    const { folder, file } = await made('pg_dump ehr | grep -v restrict | gzip');
    const bytes = await readFile(file);
    bytes.writeUInt8(bytes.readUInt8(Math.floor(bytes.length * 0.6)) ^ 0xff, Math.floor(bytes.length * 0.6));
    await writeFile(file, bytes);

    const findings = await checked(folder);

    expect(findings).toEqual(['backup.damaged failed']);
  });

  it.each([
    ['a path that leads outside', 'echo owned > ../../escape.sql', '--transform "s|^escape.sql$|../../etc/escape.sql|" -P'],
    ['a link', 'ln -s /etc/passwd escape.sql', ''],
  ])('as a tar with %s in it is refused before anything is unpacked', async (_, make, options) => {
    const folder = await source.folder();
    await source.shell(
      folder,
      `mkdir x && cd x && pg_dump -Ft -f ../ehr.tar ehr && ${make.replace('../../escape.sql', 'escape.sql')} && tar rf ../ehr.tar ${options} escape.sql; cd .. && rm -r x`,
    );

    const findings = await checked(folder);

    expect(findings).toEqual(['backup.foreign-members failed']);
  });
});
