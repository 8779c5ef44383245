const NEWLINE = 0x0a;
/** No line of ours comes near it; a longer one is broken whatever it says, and must not fill the memory. */
const LONGEST = 16 * 1024 * 1024;

/** The whole lines of each chunk together, each with its newline. Returns whether bytes were left behind the last newline. */
export async function* blocksOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, boolean> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    // Copied: a stream may use its buffer again for the next chunk.
    rest = Buffer.from(bytes.subarray(end, bytes.length - end > LONGEST ? end + 1 : bytes.length));
    if (end > 0) yield bytes.subarray(0, end);
  }
  return rest.length > 0;
}

/** The lines of a block, without their newlines. */
export function linesIn(block: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
    lines.push(block.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** How many lines a block has. */
export function countLines(block: Buffer): number {
  let count = 0;
  for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, end + 1)) count += 1;
  return count;
}

/** The lines of a file that comes in chunks, without their newlines. Returns whether bytes were left behind the last newline. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Buffer[], boolean> {
  const blocks = blocksOf(chunks);
  try {
    for (let block = await blocks.next(); ; block = await blocks.next()) {
      if (block.done === true) return block.value;
      yield linesIn(block.value);
    }
  } finally {
    // Whoever stops early must not leave the file open.
    await blocks.return(false);
  }
}
