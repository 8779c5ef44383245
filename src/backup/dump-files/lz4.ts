/** The first `wanted` bytes of an LZ4 frame of which only the beginning is there. Damage ends it: what came before is given. */
export function unlz4Prefix(frame: Buffer, wanted: number): Buffer {
  const out = Buffer.alloc(wanted);
  let filled = 0;
  let position = frameHeaderBytes(frame);
  while (filled < wanted && position + 4 <= frame.length) {
    const word = frame.readUInt32LE(position);
    if (word === 0) break;
    const size = word & 0x7fffffff;
    const block = frame.subarray(position + 4, position + 4 + size);
    filled = (word & 0x80000000) === 0 ? unpackBlock(block, out, filled) : filled + block.copy(out, filled);
    position += 4 + size + (hasBlockChecksum(frame) ? 4 : 0);
  }
  return out.subarray(0, filled);
}

/** Magic, flags, block size, then optional content size (8) and dictionary (4), then a checksum. */
export function frameHeaderBytes(frame: Buffer): number {
  const flags = frame[4] ?? 0;
  return 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4);
}

export function hasBlockChecksum(frame: Buffer): boolean {
  return ((frame[4] ?? 0) & 0x10) !== 0;
}

export function hasContentChecksum(frame: Buffer): boolean {
  return ((frame[4] ?? 0) & 0x04) !== 0;
}

/** Sequences of literals and matches, as far as the block goes and the room reaches. Returns the new fill. */
function unpackBlock(block: Buffer, out: Buffer, from: number): number {
  let filled = from;
  let position = 0;
  const lengthOf = (nibble: number): number => {
    let length = nibble;
    let more = nibble === 15 ? 255 : 0;
    while (more === 255) {
      more = block[position] ?? 0;
      position += 1;
      length += more;
    }
    return length;
  };
  while (position < block.length && filled < out.length) {
    const token = block[position] ?? 0;
    position += 1;
    const literals = lengthOf(token >> 4);
    filled += block.copy(out, filled, position, position + literals);
    position += literals;
    if (position + 2 > block.length) break;
    const back = block.readUInt16LE(position);
    position += 2;
    const match = lengthOf(token & 15) + 4;
    // Nothing before the beginning can be repeated: damage.
    if (back === 0 || back > filled) break;
    const end = Math.min(out.length, filled + match);
    for (; filled < end; filled += 1) out[filled] = out[filled - back] ?? 0;
  }
  return filled;
}
