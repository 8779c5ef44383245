import { createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runTool } from '../../system/process.ts';
import type { ByteSource } from '../../system/range.ts';
import type { OuterCompression } from './wrapping.ts';
import { bad, cutOff, UNTOLD, WHOLE, type Whole } from './whole.ts';

/** How much may be opened: bytes as they are stored and as they come out, and for how long. */
export interface ContentLimits {
  readonly storedBytes: number;
  readonly contentBytes: number;
  readonly timeMs: number;
}

/** What fits into these is opened to its end before the restore; larger ones are opened by the restore alone. */
const BEFORE_RESTORE: ContentLimits = { storedBytes: 32 << 20, contentBytes: 512 << 20, timeMs: 30_000 };
const CHUNK_BYTES = 1 << 20;
const TAIL_BYTES = 4_096;

/** What the last few kilobytes must hold, or how else they show that nothing is missing. */
export type Trailer = string | ((tail: Buffer) => boolean);

/** A script that was written to its end says so, within its last lines. */
export async function scriptWhole(source: ByteSource, trailer: Trailer): Promise<Whole> {
  return tailWhole(await source.read(Math.max(0, source.size - TAIL_BYTES), TAIL_BYTES), { trailer, bytes: source.size });
}

function tailWhole(tail: Buffer, of: { readonly trailer: Trailer; readonly bytes: number }): Whole {
  return (typeof of.trailer === 'string' ? tail.includes(of.trailer) : of.trailer(tail)) ? WHOLE : cutOff(null, of.bytes);
}

/** Opens what is wrapped, to its end: its checksums, and the line that a script must end with. */
export async function contentWhole(
  source: ByteSource,
  as: { compression: OuterCompression; trailer: Trailer | null; limits?: ContentLimits },
  stop: AbortSignal,
): Promise<Whole> {
  const limits = as.limits ?? BEFORE_RESTORE;
  if (source.size > limits.storedBytes) return UNTOLD;
  const tail = keepTail(limits.contentBytes);
  const opened = await (as.compression === 'gzip' ? gunzip(source, tail, stop) : byTool(source, { ...as, tail, limits }, stop));
  if (opened.says !== 'whole') return opened;
  return as.trailer === null ? WHOLE : tailWhole(tail.bytes(), { trailer: as.trailer, bytes: tail.total() });
}

async function* chunksOf(source: ByteSource): AsyncGenerator<Buffer> {
  for (let at = 0; at < source.size;) {
    const chunk = await source.read(at, CHUNK_BYTES);
    if (chunk.length === 0) return;
    yield chunk;
    at += chunk.length;
  }
}

interface Tail {
  take(chunk: Buffer): void;
  bytes(): Buffer;
  total(): number;
  /** More came out than anybody wants to look at. */
  isTooLong(): boolean;
}

function keepTail(most: number): Tail {
  let last: Buffer = Buffer.alloc(0);
  let total = 0;
  return {
    take: chunk => {
      total += chunk.length;
      last = Buffer.concat([last, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    },
    bytes: () => last,
    total: () => total,
    isTooLong: () => total > most,
  };
}

class TooLarge extends Error {}

async function gunzip(source: ByteSource, tail: Tail, stop: AbortSignal): Promise<Whole> {
  try {
    await pipeline(
      Readable.from(chunksOf(source)),
      createGunzip(),
      async chunks => {
        for await (const chunk of chunks as AsyncIterable<Buffer>) {
          tail.take(chunk);
          if (tail.isTooLong()) throw new TooLarge();
        }
      },
      { signal: stop },
    );
    return WHOLE;
  } catch (error) {
    if (error instanceof TooLarge) return UNTOLD;
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'Z_BUF_ERROR') return cutOff(null, tail.total());
    if (code.startsWith('Z_')) return bad('backup.damaged');
    throw error;
  }
}

/** Exit codes: 0 whole; anything else of these three tools, once the ends were checked, is damage. Without the tool nothing is said. */
async function byTool(
  source: ByteSource,
  { compression, tail, limits }: { compression: string; tail: Tail; limits: ContentLimits },
  stop: AbortSignal,
): Promise<Whole> {
  const enough = new AbortController();
  const reading = noting(source);
  const result = await runTool(
    {
      file: compression,
      args: ['-dc', '-q'],
      env: { PATH: '/usr/bin:/bin' },
      stdin: Readable.from(chunksOf(reading.source)),
      stdout: chunk => {
        tail.take(chunk);
        if (tail.isTooLong()) enough.abort();
      },
      timeLimitMs: limits.timeMs,
    },
    AbortSignal.any([stop, enough.signal]),
  );
  reading.throwIfBroken();
  if (result.exitCode === 0) return WHOLE;
  return result.stopped || result.timedOut || result.exitCode === undefined ? UNTOLD : bad('backup.damaged');
}

/** A store that breaks off looks to the tool like a file that is cut: what it threw must not get lost. */
function noting(source: ByteSource): { readonly source: ByteSource; throwIfBroken(): void } {
  let broken: Error | undefined;
  const read = (from: number, length: number): Promise<Buffer> =>
    source.read(from, length).catch((error: unknown) => {
      broken = error instanceof Error ? error : new Error('reading broke', { cause: error });
      throw broken;
    });
  return {
    source: { size: source.size, read },
    throwIfBroken: () => {
      if (broken !== undefined) throw broken;
    },
  };
}
