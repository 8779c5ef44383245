import { crc32, createInflateRaw } from 'node:zlib';
import type { ByteSource } from '../../system/range.ts';
import { BadArchive, padding, type Member } from './member.ts';
import { tarHeader } from './tar-header.ts';

const CHUNK = 1 << 20;
const END = Buffer.from('504b0506', 'hex');
const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;
/** A value that stands elsewhere, because it is too large for its field. */
const ELSEWHERE = 0xffffffff;
const UNIX = 3;

interface Listed {
  readonly path: string;
  readonly mode: number;
  readonly modified: number;
  readonly flags: number;
  readonly method: number;
  readonly sum: number;
  readonly packed: number;
  readonly bytes: number;
  readonly from: number;
}

/** The members of a zip archive as its directory lists them, with headers as tar would have written them. Throws BadArchive. */
export async function* zipMembers(source: ByteSource): AsyncGenerator<Member> {
  for await (const listed of directory(source)) {
    if ((listed.flags & 1) !== 0 || (listed.method !== 0 && listed.method !== 8)) throw new BadArchive('unsupported');
    yield* memberOf(source, listed);
  }
}

async function* directory(source: ByteSource): AsyncGenerator<Listed> {
  const { members, from } = await endOf(source);
  let at = from;
  for (let count = 0; count < members; count += 1) {
    const fixed = await source.read(at, 46);
    if (fixed.length < 46 || fixed.readUInt32LE(0) !== 0x02014b50) throw new BadArchive('corrupt');
    const [name, extra, comment] = [fixed.readUInt16LE(28), fixed.readUInt16LE(30), fixed.readUInt16LE(32)];
    yield listedIn(fixed, await source.read(at + 46, name + extra), name);
    at += 46 + name + extra + comment;
  }
}

function listedIn(fixed: Buffer, rest: Buffer, name: number): Listed {
  const wide = wideFields(rest.subarray(name));
  const size = (at: number): number => (fixed.readUInt32LE(at) === ELSEWHERE ? (wide.shift() ?? 0) : fixed.readUInt32LE(at));
  const path = rest.toString('latin1', 0, name);
  const unix = fixed[5] === UNIX ? fixed.readUInt32LE(38) >>> 16 : 0;
  // In the order in which the wide fields stand.
  const bytes = size(24);
  const packed = size(20);
  const from = size(42);
  const mode = unix !== 0 ? unix : path.endsWith('/') ? 0o040755 : 0o100644;
  const [flags, method, sum] = [fixed.readUInt16LE(8), fixed.readUInt16LE(10), fixed.readUInt32LE(16)];
  return { ...{ path, mode, flags, method, sum, packed, bytes, from }, modified: dosTime(fixed.readUInt16LE(14), fixed.readUInt16LE(12)) };
}

/** Numbers of eight bytes, in a field of their own. */
function wideFields(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    return Array.from({ length: Math.floor(field.length / 8) }, (_, index) => Number(field.readBigUInt64LE(index * 8)));
  }
  return [];
}

function dosTime(date: number, time: number): number {
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2) / 1_000;
}

async function endOf(source: ByteSource): Promise<{ readonly members: number; readonly from: number }> {
  const length = Math.min(source.size, END_BYTES + LONGEST_COMMENT);
  const tail = await source.read(source.size - length, length);
  const at = tail.lastIndexOf(END);
  if (at < 0 || at + END_BYTES > tail.length) throw new BadArchive('truncated');
  const [members, from] = [tail.readUInt16LE(at + 10), tail.readUInt32LE(at + 16)];
  if (members !== 0xffff && from !== ELSEWHERE) return { members, from };
  // A locator right before it says where the wide directory's end is.
  const wide = at < 20 ? source.size : Number(tail.readBigUInt64LE(at - 20 + 8));
  const end = await source.read(wide, 56);
  if (end.length < 56 || end.readUInt32LE(0) !== 0x06064b50) throw new BadArchive('corrupt');
  return { members: Number(end.readBigUInt64LE(32)), from: Number(end.readBigUInt64LE(48)) };
}

async function* memberOf(source: ByteSource, listed: Listed): AsyncGenerator<Member> {
  const { path, mode, modified, bytes } = listed;
  const kind = mode & 0o170000;
  const base = { path, mode, bytes, attributed: false, target: '' };
  const facts = { path, mode, modified };
  if (path.endsWith('/') || kind === 0o040000) {
    yield { ...base, type: 'folder', header: tarHeader({ ...facts, type: '5', bytes: 0 }), body: nothing(), stored: 0 };
  } else if (kind === 0o120000 && bytes < 65_536) {
    const pieces: Buffer[] = [];
    for await (const piece of content(source, listed)) pieces.push(piece);
    const target = Buffer.concat(pieces).toString('latin1');
    yield { ...base, type: 'link', target, header: tarHeader({ ...facts, type: '2', target, bytes: 0 }), body: nothing(), stored: 0 };
  } else {
    const type = kind === 0o100000 || kind === 0 ? 'file' : 'special';
    yield { ...base, type, header: tarHeader({ ...facts, type: '0', bytes }), body: filled(source, listed), stored: bytes };
  }
}

async function* nothing(): AsyncGenerator<Buffer> {
  // A folder or link has no body.
}

async function* filled(source: ByteSource, listed: Listed): AsyncGenerator<Buffer> {
  yield* content(source, listed);
  yield padding(listed.bytes);
}

/** Exactly as many bytes as were listed, with the sum that was listed. Throws BadArchive. */
async function* content(source: ByteSource, listed: Listed): AsyncGenerator<Buffer> {
  let done = 0;
  let sum = 0;
  for await (const piece of unpacked(source, listed)) {
    done += piece.length;
    if (done > listed.bytes) throw new BadArchive('corrupt');
    sum = crc32(piece, sum);
    yield piece;
  }
  if (done !== listed.bytes || sum !== listed.sum) throw new BadArchive('corrupt');
}

async function* unpacked(source: ByteSource, listed: Listed): AsyncGenerator<Buffer> {
  const head = await source.read(listed.from, 30);
  if (head.length < 30 || head.readUInt32LE(0) !== 0x04034b50) throw new BadArchive('corrupt');
  const begin = listed.from + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  if (begin + listed.packed > source.size) throw new BadArchive('truncated');
  const packed = chunks(source, begin, listed.packed);
  if (listed.method === 0) {
    yield* packed;
    return;
  }
  const inflate = createInflateRaw();
  const feeding = feed(packed, inflate);
  try {
    for await (const piece of inflate as AsyncIterable<Buffer>) yield piece;
  } catch {
    throw new BadArchive('corrupt');
  } finally {
    inflate.destroy();
    await feeding;
  }
}

async function feed(from: AsyncIterable<Buffer>, to: ReturnType<typeof createInflateRaw>): Promise<void> {
  to.on('error', () => undefined);
  for await (const piece of from) {
    if (to.destroyed) return;
    // The callback comes also when it is destroyed.
    await new Promise(resolve => to.write(piece, resolve));
  }
  to.end();
}

async function* chunks(source: ByteSource, from: number, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < length;) {
    const piece = await source.read(from + at, Math.min(CHUNK, length - at));
    if (piece.length === 0) throw new BadArchive('truncated');
    at += piece.length;
    yield piece;
  }
}
