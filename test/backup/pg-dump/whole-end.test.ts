import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { endsWell } from '../../../src/backup/dump-files/whole-end.ts';
import { bufferSource } from '../../../src/system/range.ts';

/** A plain dump of so many rows, of which no two are alike. */
function plain(rows: number): Buffer {
  const lines = Array.from(
    { length: rows },
    (_, row) => `${row}\t${createHash('md5').update(`row ${row}`).digest('hex')}\tvisit ${row % 97}`,
  );
  const trailer = ['\\.', '', '--', '-- PostgreSQL database dump complete', '--', '', '\\unrestrict x', ''];
  return Buffer.from(['--', '-- PostgreSQL database dump', '--', 'COPY t FROM stdin;', ...lines, ...trailer].join('\n'));
}

const dump = plain(20_000);
const by = (tool: string, ...args: readonly string[]): Buffer =>
  execFileSync(tool, ['-q', '-c', ...args], { input: dump, maxBuffer: 1 << 28 });

const PACKED = [
  ['gzip', 'by gzip -1', by('gzip', '-1')],
  ['gzip', 'by gzip -9', by('gzip', '-9')],
  ['gzip', 'by zlib', gzipSync(dump)],
  ['gzip', 'not compressed', gzipSync(dump, { level: 0 })],
  ['zstd', 'by zstd', by('zstd')],
  ['zstd', 'without a checksum', by('zstd', '--no-check')],
  ['lz4', 'by lz4', by('lz4')],
  ['lz4', 'without a checksum', by('lz4', '--no-frame-crc')],
  ['xz', 'by xz -0', by('xz', '-0')],
] as const;

describe('by its last bytes alone', () => {
  it.each(PACKED)('a %s %s is known to have come to its end', async (compression, _, bytes) => {
    expect(await endsWell(bufferSource(bytes), { compression, finished: 'dump complete' })).toBe(true);
  });

  it.each(PACKED)('a %s %s that was cut is known, wherever it was cut', async (compression, _, bytes) => {
    const cuts = [1, 4, 8, 50_000].filter(less => less < bytes.length - 30);
    const found = [];
    for (const less of cuts) {
      const cut = bufferSource(bytes.subarray(0, bytes.length - less));
      if (await endsWell(cut, { compression, finished: 'dump complete' })) found.push(less);
    }

    expect(cuts.length).toBe(4);
    expect(found).toEqual([]);
  });

  it('a dump that was cut and then compressed is known by what its last block does not say', async () => {
    const cut = gzipSync(dump.subarray(0, dump.length - 200_000));

    expect(await endsWell(bufferSource(cut), { compression: 'gzip', finished: 'dump complete' })).toBe(false);
  });
});
