import { BadArchive, padding, skip, type Member, type Reader } from './member.ts';
import { tarHeader } from './tar-header.ts';

const TRAILER = 'TRAILER!!!';
const LONGEST_NAME = 65_536;

interface Header {
  readonly inode: string;
  readonly mode: number;
  readonly links: number;
  readonly modified: number;
  readonly bytes: number;
  readonly name: string;
  /** Fields and names are filled to so many bytes. */
  readonly align: number;
}

/** The members of a cpio archive, with headers as tar would have written them. Throws BadArchive. */
export async function* cpioMembers(reader: Reader): AsyncGenerator<Member> {
  // Of a file with several names only the last one brings the bytes.
  const waiting = new Map<string, Header[]>();
  for (;;) {
    const header = await headerFrom(reader);
    if (header.name === TRAILER) break;
    if (isFile(header) && header.links > 1 && header.bytes === 0) {
      waiting.set(header.inode, [...(waiting.get(header.inode) ?? []), header]);
      continue;
    }
    yield* membersOf(header, reader);
    for (const other of waiting.get(header.inode) ?? []) yield linkTo(other, header);
    waiting.delete(header.inode);
  }
  for (const left of waiting.values()) for (const header of left) yield* membersOf(header, reader);
  await reader.drain();
}

async function headerFrom(reader: Reader): Promise<Header> {
  const magic = (await reader.read(6)).toString('latin1');
  if (magic === '070701' || magic === '070702') return newHeader(reader);
  if (magic === '070707') return oldHeader(reader);
  throw new BadArchive('corrupt');
}

async function newHeader(reader: Reader): Promise<Header> {
  const fields = (await reader.read(104)).toString('latin1');
  if (!/^[0-9a-f]{104}$/i.test(fields)) throw new BadArchive('corrupt');
  const field = (at: number): number => Number.parseInt(fields.slice(at * 8, at * 8 + 8), 16);
  const length = field(11);
  const name = await nameFrom(reader, length);
  await reader.read((4 - ((110 + length) % 4)) % 4);
  const inode = `${field(7)}:${field(8)}:${field(0)}`;
  return { inode, mode: field(1), links: field(4), modified: field(5), bytes: field(6), name, align: 4 };
}

async function oldHeader(reader: Reader): Promise<Header> {
  const fields = (await reader.read(70)).toString('latin1');
  if (!/^[0-7]{70}$/.test(fields)) throw new BadArchive('corrupt');
  const field = (from: number, length: number): number => Number.parseInt(fields.slice(from, from + length), 8);
  const name = await nameFrom(reader, field(53, 6));
  const inode = `${field(0, 6)}:${field(6, 6)}`;
  return { inode, mode: field(12, 6), links: field(30, 6), modified: field(42, 11), bytes: field(59, 11), name, align: 1 };
}

async function nameFrom(reader: Reader, length: number): Promise<string> {
  if (length < 1 || length > LONGEST_NAME) throw new BadArchive('corrupt');
  return (await reader.read(length)).toString('latin1', 0, length - 1);
}

function isFile({ mode }: Header): boolean {
  return (mode & 0o170000) === 0o100000;
}

async function* membersOf(header: Header, reader: Reader): AsyncGenerator<Member> {
  const { name: path, mode, modified, bytes, align } = header;
  const fill = (align - (bytes % align)) % align;
  const facts = { path, mode, modified };
  const base = { path, mode, bytes, attributed: false, stored: bytes };
  const kind = mode & 0o170000;
  if (kind === 0o120000) {
    const target = (await reader.read(bytes)).toString('latin1');
    await reader.read(fill);
    yield { ...base, type: 'link', target, header: tarHeader({ ...facts, type: '2', target, bytes: 0 }), body: nothing(), stored: 0 };
    return;
  }
  const body = filled(reader, bytes, fill);
  const type = kind === 0o040000 ? 'folder' : kind === 0o100000 ? 'file' : 'special';
  yield { ...base, type, target: '', header: tarHeader({ ...facts, type: type === 'folder' ? '5' : '0', bytes }), body };
  await skip(body);
}

async function* filled(reader: Reader, bytes: number, fill: number): AsyncGenerator<Buffer> {
  yield* reader.pieces(bytes);
  await reader.read(fill);
  yield padding(bytes);
}

async function* nothing(): AsyncGenerator<Buffer> {
  // A link has no body.
}

function linkTo({ name: path, mode, modified }: Header, { name: target }: Header): Member {
  const header = tarHeader({ path, type: '1', target, mode, bytes: 0, modified });
  return { path, type: 'hard-link', target, mode, bytes: null, attributed: false, header, body: nothing(), stored: 0 };
}
