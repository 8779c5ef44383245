const NEWLINE = 0x0a;
/** No line of ours comes near it; a longer one is broken whatever it says, and must not fill the memory. */
const LONGEST = 16 * 1024 * 1024;

/** The lines of a file that comes in chunks, without their newlines. Returns whether bytes were left behind the last newline. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Buffer[], boolean> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([rest, chunk]);
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      lines.push(bytes.subarray(start, end));
      start = end + 1;
    }
    // Copied: a stream may use its buffer again for the next chunk.
    rest = Buffer.from(bytes.subarray(start, bytes.length - start > LONGEST ? start + 1 : bytes.length));
    if (lines.length > 0) yield lines;
  }
  return rest.length > 0;
}
