import type { ByteSource } from '../../system/range.ts';

/** Each piece of a stream begins with it. */
export const MARK = Buffer.from('XBSTCK01');

/** `hostile`: a name that leads out of the folder, or is none. */
export type StreamState = 'whole' | 'cut' | 'damaged' | 'hostile';

const [FLAGS_BYTES, KIND, LENGTH_BYTES] = [1, { payload: 0x50, end: 0x45 }, 4];
const HEAD_BYTES = MARK.length + FLAGS_BYTES + 1 + LENGTH_BYTES;
/** Length, offset and checksum of a piece of a file. */
const PAYLOAD_HEAD_BYTES = 8 + 8 + 4;
const LONGEST_NAME = 512;

/** Goes from piece to piece: every file that was begun must have its end. Contents are left to mbstream, which knows their checksums. */
export async function walkStream(source: ByteSource): Promise<StreamState> {
  const begun = new Set<string>();
  for (let at = 0; at < source.size;) {
    const head = await source.read(at, HEAD_BYTES);
    if (head.length < HEAD_BYTES) return 'cut';
    const length = head.readUInt32LE(HEAD_BYTES - LENGTH_BYTES);
    const kind = head.readUInt8(MARK.length + FLAGS_BYTES);
    if (!head.subarray(0, MARK.length).equals(MARK) || length > LONGEST_NAME) return 'damaged';
    const name = (await source.read(at + HEAD_BYTES, length)).toString('latin1');
    if (name.length < length) return 'cut';
    if (isHostile(name)) return 'hostile';
    at += HEAD_BYTES + length;
    if (kind === KIND.end) begun.delete(name);
    else if (kind !== KIND.payload) return 'damaged';
    else {
      const piece = await source.read(at, PAYLOAD_HEAD_BYTES);
      if (piece.length < PAYLOAD_HEAD_BYTES) return 'cut';
      begun.add(name);
      at += PAYLOAD_HEAD_BYTES + Number(piece.readBigUInt64LE(0));
      if (at > source.size) return 'cut';
    }
  }
  return begun.size === 0 ? 'whole' : 'cut';
}

function isHostile(name: string): boolean {
  return name.includes('\0') || name.split('/').some(part => part === '' || part === '.' || part === '..');
}
