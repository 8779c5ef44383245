import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readHandle } from '../../../src/backup/pg-dump/handle.ts';
import { access, join, listing, onlyPoint, said, staged, startDumpSource, type DumpSource } from './dumps.ts';

const FORMATS = [
  ['custom', '-Fc'],
  ['custom without compression', '-Fc -Z0'],
  ['tar', '-Ft'],
  ['plain', '-Fp'],
  ['plain with --create and --verbose', '-Fp -C -v'],
] as const;
const WRAPPINGS = [
  ['none', 'cat'],
  ['gzip', 'gzip'],
  ['zstd', 'zstd -q'],
  ['lz4', 'lz4 -q'],
  ['xz', 'xz'],
] as const;

describe('a dump as pg_dump really makes it', () => {
  let source: DumpSource;
  beforeAll(async () => {
    source = await startDumpSource();
  });
  afterAll(() => source[Symbol.asyncDispose]());

  describe.each(FORMATS)('in %s format', (name, args) => {
    it.each(WRAPPINGS)('inside %s is recognised, fetched and found whole', async (compression, tool) => {
      const folder = await source.folder();
      await source.shell(folder, `pg_dump ${args} ehr | ${tool} > "it has no telling name"`);

      const { points, findings } = await listing(folder);
      const [point] = points;
      if (point === undefined) throw new Error('no point');
      const { staged: fetched, progress, remove } = await staged(point, access({ from: folder }));
      await remove();

      expect(said(findings)).toEqual([]);
      expect(readHandle(point.handle)).toMatchObject({ format: name.split(' ')[0], compression, serverMajor: 15 });
      expect(said(fetched.findings)).toEqual(['backup.ok passed']);
      expect(fetched.handle).toMatchObject({ file: 'dump', format: name.split(' ')[0], compression, globals: null });
      expect(fetched.bytes).toBe(point.bytes);
      expect(progress.at(-1)).toMatchObject({ phase: 'fetch', doneBytes: point.bytes });
    });
  });

  it.each(['', '-Z0', '-j 2'])('in directory format (pg_dump -Fd %s) is one point with all its files', async args => {
    const folder = await source.folder();
    await source.shell(folder, `pg_dump -Fd ${args} -f nightly ehr`);

    const point = await onlyPoint(folder);
    const { staged: fetched, remove } = await staged(point, access({ from: folder }));
    await remove();

    expect(readHandle(point.handle)).toMatchObject({ format: 'directory', compression: 'none', dbname: 'ehr', archiveVersion: '1.14' });
    expect(said(fetched.findings)).toEqual(['backup.ok passed']);
    expect(fetched.bytes).toBe(point.bytes);
  });

  it.each(['-Fc', '-Ft', '-Fd', '-Fp -C'])('says which database and which server it comes from (%s)', async args => {
    const folder = await source.folder();
    await source.shell(folder, `pg_dump ${args} -f x ehr`);

    const point = await onlyPoint(folder);

    expect(readHandle(point.handle)).toMatchObject({ dbname: 'ehr', serverMajor: 15 });
    expect(point.needs).toMatchObject({
      engine: 'postgres',
      major: 15,
      settings: { encoding: 'UTF8', localeProvider: 'libc', locale: 'C.UTF-8' },
    });
  });

  it.each(['-Fc', '-Ft', '-Fd', '-Fp -v'])(
    'says when it was begun, whatever the file date and the zone of its machine (%s)',
    async args => {
      const folder = await source.folder();
      const before = Math.floor(Date.now() / 1000) * 1000;
      await source.shell(folder, `TZ=America/Chicago pg_dump ${args} -f x ehr 2>/dev/null`);

      const point = await onlyPoint(folder);

      expect(point.consistentBasis).toBe('derived');
      expect(Date.parse(point.consistentAt ?? '')).toBeGreaterThanOrEqual(before);
      expect(Date.parse(point.consistentAt ?? '')).toBeLessThanOrEqual(Date.parse(point.availableAt));
    },
  );

  it('in plain format without --verbose says no moment, and the file date is not taken for one', async () => {
    const folder = await source.folder();
    await source.dump(join(folder, 'ehr.sql'));

    const point = await onlyPoint(folder);

    expect(point).toMatchObject({ consistentAt: null, consistentBasis: 'not-tested' });
    expect(point.id).toMatch(/^dump-unknown-[0-9a-f]{12}$/);
  });
});
