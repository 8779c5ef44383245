/** What came with a ping. */
export interface PingBody {
  /** The first 100 kB. */
  readonly kept: Buffer;
  /** All of it. */
  readonly bytes: number;
}

/** More is counted and not kept: a job that says too much must not look like one that failed. */
const KEPT_BYTES = 100_000;

/** Reads a body to its end and keeps its beginning. Rejects if the sender goes away. */
export async function takeBody(payload: AsyncIterable<unknown>): Promise<PingBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of payload) {
    const part = Buffer.from(chunk as Uint8Array);
    if (bytes < KEPT_BYTES) chunks.push(part.subarray(0, KEPT_BYTES - bytes));
    bytes += part.length;
  }
  return { kept: Buffer.concat(chunks), bytes };
}
