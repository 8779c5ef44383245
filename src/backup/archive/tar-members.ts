import { BadArchive, BLOCK, skip, type Member, type Reader } from './member.ts';
import { isTarHeader } from './name.ts';

/** Longest list of further facts before a member. */
const LONGEST = 1 << 20;
const ZEROS = Buffer.alloc(BLOCK);

/** Facts that stand before a member: names too long for its header, and what POSIX and GNU added. */
interface Before {
  raw: Buffer[];
  facts: Map<string, string>;
}

/** The members of a tar archive, with their headers as they stand. Throws BadArchive. */
export async function* tarMembers(reader: Reader): AsyncGenerator<Member> {
  let before: Before = { raw: [], facts: new Map() };
  for (;;) {
    const block = await reader.read(BLOCK);
    if (block.equals(ZEROS)) return reader.drain();
    if (!isTarHeader(block)) throw new BadArchive('corrupt');
    const type = String.fromCharCode(block[156] ?? 0);
    if ('LKxg'.includes(type)) {
      before = await withFacts(before, { block, type, reader });
      continue;
    }
    const header = [...before.raw, block, ...(type === 'S' ? await holes(block, reader) : [])];
    const stored = hasBody(type) ? Number(before.facts.get('size') ?? numberIn(block, 124, 12)) : 0;
    if (!Number.isSafeInteger(stored) || stored < 0) throw new BadArchive('corrupt');
    const member = memberOf(block, { facts: before.facts, type, stored });
    const body = reader.pieces(stored + ((BLOCK - (stored % BLOCK)) % BLOCK));
    yield { ...member, header: Buffer.concat(header), body, stored };
    await skip(body);
    before = { raw: [], facts: new Map() };
  }
}

async function withFacts(before: Before, at: { block: Buffer; type: string; reader: Reader }): Promise<Before> {
  const { block, type, reader } = at;
  const size = numberIn(block, 124, 12);
  if (size > LONGEST) throw new BadArchive('corrupt');
  const padded = await reader.read(size + ((BLOCK - (size % BLOCK)) % BLOCK));
  const text = padded.toString('latin1', 0, size);
  // Facts for the whole archive are comments of the program that made it; those that would rename members are not passed on.
  if (type === 'g') return before;
  const facts = new Map(before.facts);
  if (type === 'L') facts.set('path', text.replace(/\0+$/, ''));
  else if (type === 'K') facts.set('linkpath', text.replace(/\0+$/, ''));
  else for (const [key, value] of recordsIn(text)) facts.set(key, value);
  return { raw: [...before.raw, block, padded], facts };
}

/** `27 path=…\n`: length of the record, key, value. */
function recordsIn(text: string): readonly (readonly [string, string])[] {
  const records: (readonly [string, string])[] = [];
  for (let at = 0; at < text.length;) {
    const space = text.indexOf(' ', at);
    const length = Number(text.slice(at, space));
    const equals = text.indexOf('=', space);
    if (!Number.isInteger(length) || length < 3 || equals < 0 || at + length > text.length) throw new BadArchive('corrupt');
    records.push([text.slice(space + 1, equals), text.slice(equals + 1, at + length - 1)]);
    at += length;
  }
  return records;
}

/** Of an old GNU file with holes: more blocks of where they are. */
async function holes(block: Buffer, reader: Reader): Promise<readonly Buffer[]> {
  const more: Buffer[] = [];
  for (let extended = block[482] === 1; extended;) {
    const next = await reader.read(BLOCK);
    more.push(next);
    extended = next[504] === 1;
  }
  return more;
}

function hasBody(type: string): boolean {
  return !'123456'.includes(type);
}

const TYPES: Readonly<Record<string, Member['type']>> = {
  '1': 'hard-link',
  '2': 'link',
  '3': 'special',
  '4': 'special',
  '5': 'folder',
  '6': 'special',
  D: 'folder',
};

function memberOf(
  block: Buffer,
  at: { readonly facts: ReadonlyMap<string, string>; readonly type: string; readonly stored: number },
): Omit<Member, 'header' | 'body' | 'stored'> {
  const { facts, type, stored } = at;
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? textIn(block, 345, 155) : '';
  const short = textIn(block, 0, 100);
  const path = facts.get('GNU.sparse.name') ?? facts.get('path') ?? (prefix === '' ? short : `${prefix}/${short}`);
  const sparse = type === 'S' || facts.has('GNU.sparse.realsize') || facts.has('GNU.sparse.size') || facts.has('GNU.sparse.map');
  return {
    path,
    type: TYPES[type] ?? (type === '0' && path.endsWith('/') ? 'folder' : 'file'),
    target: facts.get('linkpath') ?? textIn(block, 157, 100),
    mode: numberIn(block, 100, 8),
    bytes: sparse ? null : stored,
    attributed: [...facts.keys()].some(key => /^(?:SCHILY\.(?:xattr|acl)|LIBARCHIVE\.xattr)/.test(key)),
  };
}

function textIn(block: Buffer, from: number, length: number): string {
  const text = block.toString('latin1', from, from + length);
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** Octal digits, or a number of bytes for what is too large for them. */
function numberIn(block: Buffer, from: number, length: number): number {
  if (((block[from] ?? 0) & 0x80) !== 0) {
    let value = (block[from] ?? 0) & 0x7f;
    for (let at = from + 1; at < from + length; at += 1) value = value * 256 + (block[at] ?? 0);
    return value;
  }
  const digits = textIn(block, from, length).trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}
