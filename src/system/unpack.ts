import { gunzip, gunzipSync, constants } from 'node:zlib';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { openFileSource } from './range.ts';
import { runTool } from './process.ts';

/** How a file is packed, as its first bytes say it. */
export type Packing = 'none' | 'gzip' | 'zstd' | 'lz4' | 'xz' | 'bzip2';

/** The program that unpacks it, and Debian's package of it; gzip is unpacked without one. */
export const UNPACKERS: Readonly<Record<Exclude<Packing, 'none'>, { readonly file: string; readonly package: string }>> = {
  gzip: { file: '/usr/bin/gzip', package: 'gzip' },
  zstd: { file: '/usr/bin/zstd', package: 'zstd' },
  lz4: { file: '/usr/bin/lz4', package: 'lz4' },
  xz: { file: '/usr/bin/xz', package: 'xz-utils' },
  bzip2: { file: '/usr/bin/bzip2', package: 'bzip2' },
};

const MAGIC: readonly (readonly [Packing, string])[] = [
  ['gzip', '1f8b'],
  ['zstd', '28b52ffd'],
  ['lz4', '04224d18'],
  ['xz', 'fd377a585a00'],
  ['bzip2', '425a68'],
];
const UNPACK_MS = 10 * 60_000;

export function packingOf(first: Buffer): Packing {
  const hex = first.subarray(0, 6).toString('hex');
  return MAGIC.find(([, magic]) => hex.startsWith(magic))?.[0] ?? 'none';
}

/** The first bytes of a file as they are without the packing; fewer than `length` if it has no more, or if only a program could unpack it. */
export async function unpackedStart(path: string, length: number): Promise<{ readonly bytes: Buffer; readonly packing: Packing }> {
  await using source = await openFileSource(path);
  const raw = await source.read(0, Math.max(length, 65_536));
  const packing = packingOf(raw);
  if (packing === 'none') return { bytes: raw.subarray(0, length), packing };
  if (packing !== 'gzip') return { bytes: Buffer.alloc(0), packing };
  try {
    const most = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 64 * 1024 * 1024 };
    return { bytes: gunzipSync(raw, most).subarray(0, length), packing };
  } catch {
    return { bytes: Buffer.alloc(0), packing };
  }
}

/** A file that cannot be unpacked; `program`: because that one is not there. */
export class UnpackError extends Error {
  override readonly name = 'UnpackError';
  readonly program: string | undefined;
  constructor(message: string, rest: { readonly program?: string; readonly cause?: unknown } = {}) {
    super(message, { cause: rest.cause });
    this.program = rest.program;
  }
}

/** A whole small file without its packing, at most so many bytes of it. Throws UnpackError for damaged or larger ones, else the system's error. */
export async function unpacked(path: string, most: number, stop: AbortSignal): Promise<Buffer> {
  await using source = await openFileSource(path);
  return await unpackBytes(await source.read(0, 2 * most), most, stop);
}

/** The same for bytes that are here already. */
export async function unpackBytes(bytes: Buffer, most: number, stop: AbortSignal): Promise<Buffer> {
  const packing = packingOf(bytes.subarray(0, 6));
  if (packing === 'none') {
    if (bytes.length > most) throw new UnpackError('larger than it may be');
    return bytes;
  }
  if (packing !== 'gzip') return byProgram(bytes, { packing, most }, stop);
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: most });
  } catch (cause) {
    throw new UnpackError('damaged', { cause });
  }
}

async function byProgram(
  packed: Buffer,
  how: { readonly packing: Exclude<Packing, 'none'>; readonly most: number },
  stop: AbortSignal,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const stdout = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > how.most) throw new UnpackError('larger than it may be');
    chunks.push(Buffer.from(chunk));
  };
  const { file } = UNPACKERS[how.packing];
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };
  const stdin = Readable.from([packed]);
  const result = await runTool({ file, args: ['-d', '-c', '-q'], env, stdin, stdout, timeLimitMs: UNPACK_MS }, stop);
  stop.throwIfAborted();
  if (result.exitCode === undefined && result.signal === undefined) throw new UnpackError('no program for it', { program: file });
  if (result.exitCode !== 0) throw new UnpackError('damaged', { cause: new Error(result.stderr) });
  return Buffer.concat(chunks);
}
