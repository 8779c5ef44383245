import { Readable } from 'node:stream';
import { constants, createGunzip } from 'node:zlib';
import { runTool } from '../../system/process.ts';
import { unlz4Prefix } from './lz4.ts';

/** What is wrapped around a file from outside. What a format compresses inside is not meant. */
export type OuterCompression = 'none' | 'gzip' | 'zstd' | 'lz4' | 'xz';

/** What is around the bytes, by their first bytes alone. `other`: a compression that nobody here can open. */
export function wrappingOf(bytes: Buffer): OuterCompression | 'other' {
  const magic = bytes.toString('hex', 0, 6);
  if (magic.startsWith('1f8b08')) return 'gzip';
  if (magic.startsWith('28b52ffd')) return 'zstd';
  if (magic.startsWith('04224d18')) return 'lz4';
  if (magic.startsWith('fd377a585a00')) return 'xz';
  return magic.startsWith('425a68') ? 'other' : 'none';
}

/** What opening a prefix gave. `missing`: the tool for it is not installed. */
export type Unwrapped = { readonly bytes: Buffer } | { readonly missing: string };

/** Compressed bytes that surely hold one whole block of every format. */
export const PREFIX_BYTES = 262_144;
const TIME_LIMIT_MS = 10_000;

/** The first `wanted` bytes inside the beginning of a compressed file. Bytes that cannot be opened give what came before them, maybe nothing. */
export async function unwrapPrefix(prefix: Buffer, wrapping: OuterCompression, wanted: number): Promise<Unwrapped> {
  if (wrapping === 'none') return { bytes: prefix.subarray(0, wanted) };
  if (wrapping === 'gzip') return { bytes: await gunzipPrefix(prefix, wanted) };
  if (wrapping === 'lz4') return { bytes: unlz4Prefix(prefix, wanted) };
  return toolPrefix(prefix, wrapping, wanted);
}

async function gunzipPrefix(prefix: Buffer, wanted: number): Promise<Buffer> {
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  gunzip.end(prefix);
  return takeFrom(gunzip, wanted);
}

/** Stops as soon as there is enough: a bomb gets no further than `wanted`. */
async function takeFrom(stream: Readable, wanted: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let taken = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      taken += chunk.length;
      if (taken >= wanted) break;
    }
  } catch {
    // Damaged from here on: what came before says what it is, and the checks after fetching say that it is damaged.
  }
  return Buffer.concat(chunks).subarray(0, wanted);
}

async function toolPrefix(prefix: Buffer, wrapping: 'zstd' | 'xz', wanted: number): Promise<Unwrapped> {
  const chunks: Buffer[] = [];
  let taken = 0;
  const enough = new AbortController();
  const result = await runTool(
    {
      file: wrapping,
      args: ['-dc', '-q'],
      env: { PATH: '/usr/bin:/bin' },
      stdin: Readable.from([prefix]),
      stdout: chunk => {
        if (taken >= wanted) enough.abort();
        else chunks.push(chunk);
        taken += chunk.length;
      },
      timeLimitMs: TIME_LIMIT_MS,
      graceMs: 200,
    },
    enough.signal,
  );
  if (result.exitCode === undefined && result.signal === undefined) return { missing: wrapping };
  return { bytes: Buffer.concat(chunks).subarray(0, wanted) };
}
