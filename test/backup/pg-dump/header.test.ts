import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bufferSource } from '../../../src/system/range.ts';
import { majorOf, parseArchiveHeader } from '../../../src/backup/pg-dump/archive-header.ts';
import { readToc } from '../../../src/backup/pg-dump/archive-toc.ts';
import { ArchiveError } from '../../../src/backup/pg-dump/cursor.ts';
import { unlz4Prefix } from '../../../src/backup/dump-files/lz4.ts';
import { sniff } from '../../../src/backup/pg-dump/sniff.ts';
import { customWhole } from '../../../src/backup/pg-dump/whole-custom.ts';
import { tarWhole } from '../../../src/backup/pg-dump/whole-tar.ts';
import { lz4Whole, xzWhole, zstdWhole } from '../../../src/backup/dump-files/whole-wrapping.ts';
import { join, startDumpSource, type DumpSource } from './dumps.ts';

describe('the header and the table of contents of an archive', () => {
  let source: DumpSource;
  let custom: Buffer;
  let tar: Buffer;
  beforeAll(async () => {
    source = await startDumpSource();
    const folder = await source.folder();
    await source.dump(join(folder, 'c'), '-Fc');
    await source.dump(join(folder, 't'), '-Ft');
    custom = await readFile(join(folder, 'c'));
    tar = await readFile(join(folder, 't'));
  });
  afterAll(() => source[Symbol.asyncDispose]());

  it('are read as pg_dump wrote them', async () => {
    const header = parseArchiveHeader(custom);
    const kinds: string[] = [];
    for await (const entry of readToc(bufferSource(custom), header)) kinds.push(entry.kind);

    expect(header).toMatchObject({ kind: 'custom', version: '1.14', compression: 'gzip', dbname: 'ehr', entries: kinds.length });
    expect(header.dumpVersion).toMatch(/^15\./);
    expect(kinds.slice(0, 4)).toEqual(['ENCODING', 'STDSTRINGS', 'SEARCHPATH', 'DATABASE']);
    expect(kinds.filter(kind => kind === 'TABLE DATA')).toHaveLength(3);
    expect(kinds).toContain('BLOBS');
  });

  it('of a version that is not known yet are said to be newer, not damaged', () => {
    const newer = Buffer.from(custom);
    newer[6] = 99;

    expect(() => parseArchiveHeader(newer)).toThrow(expect.objectContaining({ problem: 'newer-format', archiveVersion: '1.99' }) as Error);
  });

  it('throw nothing but their own error on any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4_000 }), fc.boolean(), async (noise, magic) => {
        const bytes = magic ? Buffer.concat([custom.subarray(0, 11), noise]) : Buffer.from(noise);

        expect(await problemOf(bytes)).toMatch(/^(?:read|not-an-archive|ends-early|damaged|newer-format)$/);
      }),
      { numRuns: 500 },
    );
  });

  it('throw nothing but their own error when bytes of a real archive are changed or missing', async () => {
    const changes = fc.array(fc.tuple(fc.nat(6_000), fc.nat(255)), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(changes, fc.option(fc.nat(8_000)), async (changed, cut) => {
        const bytes = Buffer.from(custom.subarray(0, cut ?? custom.length));
        for (const [at, value] of changed) if (at < bytes.length) bytes[at] = value;

        expect(await problemOf(bytes)).toMatch(/^(?:read|not-an-archive|ends-early|damaged|newer-format)$/);
      }),
      { numRuns: 500 },
    );
  });

  it('and every check of bytes answer, whatever the bytes are', async () => {
    const changes = fc.array(fc.tuple(fc.nat(20_000), fc.nat(255)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), changes, fc.uint8Array({ maxLength: 2_000 }), async (asTar, changed, noise) => {
        const bytes = Buffer.concat([asTar ? tar : custom, noise]);
        for (const [at, value] of changed) if (at < bytes.length) bytes[at] = value;
        const from = bufferSource(bytes);
        const answers = [
          await (asTar ? tarWhole : customWhole)(from),
          await zstdWhole(bufferSource(Buffer.from(noise))),
          await lz4Whole(bufferSource(Buffer.from(noise))),
          await xzWhole(bufferSource(Buffer.from(noise))),
        ];

        expect(answers.every(({ says }) => ['whole', 'untold', 'bad'].includes(says))).toBe(true);
        expect(unlz4Prefix(Buffer.from(noise), 1_000).length).toBeLessThanOrEqual(1_000);
        expect((await sniff(bytes.length, length => Promise.resolve(bytes.subarray(0, length)))).kind).toBeTypeOf('string');
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['15.18 (Debian 15.18-0+deb12u1)', 15],
    ['9.6.24', 9],
    ['18beta1', 18],
    ['no version', null],
    [null, null],
  ])('name the major version in %s', (text, major) => {
    expect(majorOf(text)).toBe(major);
  });
});

async function problemOf(bytes: Buffer): Promise<string> {
  try {
    const header = parseArchiveHeader(bytes);
    for await (const entry of readToc(bufferSource(bytes), header)) if (entry.dumpId < 0) return 'negative';
    return 'read';
  } catch (error) {
    return error instanceof ArchiveError ? error.problem : String(error);
  }
}
