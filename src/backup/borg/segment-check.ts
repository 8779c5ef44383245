import { crc32 } from 'node:zlib';
import { open } from '../../system/files.ts';

const MAGIC = Buffer.from('BORG_SEG');
const HEADER_BYTES = 9;
/** borg itself refuses larger entries. */
const LARGEST_ENTRY = 21 << 20;

/**
 * Whether a segment is as it was written: each of its entries carries a checksum (CRC-32) of its own, which is what `borg check` compares too.
 * Only whole entries are in memory.
 */
export async function isWhole(file: string, stop: AbortSignal): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const read = async (at: number, length: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    };
    if (!(await read(0, MAGIC.length)).equals(MAGIC)) return false;
    for (let at = MAGIC.length; at < size;) {
      stop.throwIfAborted();
      const header = await read(at, HEADER_BYTES);
      if (header.length < HEADER_BYTES) return false;
      const length = header.readUInt32LE(4);
      if (length < HEADER_BYTES || length > LARGEST_ENTRY || at + length > size) return false;
      const entry = await read(at + 4, length - 4);
      if (crc32(entry) !== header.readUInt32LE(0)) return false;
      at += length;
    }
    return true;
  } finally {
    await handle.close();
  }
}
