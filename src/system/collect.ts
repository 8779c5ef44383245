import type { Readable } from 'node:stream';

/** Where one output stream of a program goes. */
export type Sink = 'capture' | { readonly file: string } | ((chunk: Buffer) => void | Promise<void>) | undefined;

export interface Collected {
  /** Resolves at the stream's end, or once it was abandoned; rejects if the sink does. */
  readonly done: Promise<void>;
  /** Waits for nothing more: somebody whom we cannot end holds the other end of the pipe. */
  abandon(): void;
  /** The last `keep` bytes, as text. */
  text(): string;
  dropped(): number;
}

/** Keeps the last `keep` bytes, or hands each chunk on; an async sink slows the program down instead of filling memory. */
export function collect(stream: Readable | null | undefined, sink: Sink, keep: number): Collected {
  const chunks: Buffer[] = [];
  let kept = 0;
  let total = 0;
  let abandoned = false;
  const take = (chunk: Buffer): void => {
    chunks.push(chunk);
    total += chunk.length;
    kept += chunk.length;
    for (let first = chunks[0]; first !== undefined && kept - first.length >= keep; first = chunks[0]) {
      kept -= first.length;
      chunks.shift();
    }
  };
  const drain = async (): Promise<void> => {
    if (stream === null || stream === undefined || typeof sink === 'object') return;
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        if (typeof sink === 'function') await sink(chunk);
        else take(chunk);
      }
    } catch (error) {
      if (!abandoned) throw error;
    }
  };
  return {
    done: drain(),
    abandon: () => {
      abandoned = true;
      stream?.destroy();
    },
    text: () =>
      Buffer.concat(chunks)
        .subarray(Math.max(0, kept - keep))
        .toString('utf8'),
    dropped: () => Math.max(0, total - keep),
  };
}
