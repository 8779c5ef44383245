import { createGunzip } from 'node:zlib';
import { pipeline } from 'node:stream/promises';
import { createReadStream } from '../../system/files.ts';
import { runTool } from '../../system/process.ts';
import type { ByteSource } from '../../system/range.ts';
import type { DumpFormat, OuterCompression } from './handle.ts';
import { bad, cutOff, UNTOLD, WHOLE, type Whole } from './whole.ts';

/** What fits into these is opened to its end before the restore; larger ones are opened by the restore alone. */
const COMPRESSED_BYTES = 32 << 20;
const CONTENT_BYTES = 512 << 20;
const TIME_LIMIT_MS = 30_000;
const TAIL_BYTES = 4_096;
const TRAILER = '-- PostgreSQL database dump complete';

/** A plain dump that was written to its end says so, within its last lines. */
export async function plainWhole(source: ByteSource): Promise<Whole> {
  return tailWhole(await source.read(Math.max(0, source.size - TAIL_BYTES), TAIL_BYTES), source.size);
}

function tailWhole(tail: Buffer, bytes: number): Whole {
  return tail.includes(TRAILER) ? WHOLE : cutOff(null, bytes);
}

/** Opens what is wrapped, to its end: its checksums, and of a plain dump the trailer. */
export async function contentWhole(
  staged: { path: string; bytes: number },
  as: { compression: OuterCompression; format: DumpFormat },
  stop: AbortSignal,
): Promise<Whole> {
  if (staged.bytes > COMPRESSED_BYTES) return UNTOLD;
  const tail = keepTail();
  const opened =
    as.compression === 'gzip' ? await gunzip(staged.path, tail, stop) : await byTool(staged.path, { tool: as.compression, tail }, stop);
  if (opened.says !== 'whole') return opened;
  return as.format === 'plain' ? tailWhole(tail.bytes(), tail.total()) : WHOLE;
}

interface Tail {
  take(chunk: Buffer): void;
  bytes(): Buffer;
  total(): number;
}

function keepTail(): Tail {
  let last: Buffer = Buffer.alloc(0);
  let total = 0;
  return {
    take: chunk => {
      total += chunk.length;
      last = Buffer.concat([last, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
    },
    bytes: () => last,
    total: () => total,
  };
}

class TooLarge extends Error {}

async function gunzip(path: string, tail: Tail, stop: AbortSignal): Promise<Whole> {
  try {
    await pipeline(
      createReadStream(path),
      createGunzip(),
      async chunks => {
        for await (const chunk of chunks as AsyncIterable<Buffer>) {
          tail.take(chunk);
          if (tail.total() > CONTENT_BYTES) throw new TooLarge();
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
async function byTool(path: string, { tool, tail }: { tool: string; tail: Tail }, stop: AbortSignal): Promise<Whole> {
  const enough = new AbortController();
  const result = await runTool(
    {
      file: tool,
      args: ['-dc', '-q'],
      env: { PATH: '/usr/bin:/bin' },
      stdin: createReadStream(path),
      stdout: chunk => {
        tail.take(chunk);
        if (tail.total() > CONTENT_BYTES) enough.abort();
      },
      timeLimitMs: TIME_LIMIT_MS,
    },
    AbortSignal.any([stop, enough.signal]),
  );
  if (result.exitCode === 0) return WHOLE;
  return result.stopped || result.timedOut || result.exitCode === undefined ? UNTOLD : bad('backup.damaged');
}
