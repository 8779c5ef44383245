import type { ByteSource } from '../../system/range.ts';
import { HEADER_BYTES, parseArchiveHeader } from './archive-header.ts';
import { readToc } from './archive-toc.ts';
import { isDirectoryFile } from './artefact.ts';
import { readingArchive } from './whole-custom.ts';
import { bad, cutOff, WHOLE, type Whole } from '../dump-files/whole.ts';

const BLOCK = 512;

interface Member {
  readonly name: string;
  readonly at: number;
  readonly size: number;
  readonly foreign: boolean;
}

/** Headers from member to member, the end mark, and every file that the table of contents names. Nothing is ever extracted. */
export async function tarWhole(source: ByteSource): Promise<Whole> {
  const members: Member[] = [];
  let at = 0;
  for (;;) {
    const block = await source.read(at, BLOCK);
    if (block.length < BLOCK) return cutOff(at + BLOCK, source.size);
    if (block.every(byte => byte === 0)) {
      // The end mark has two blocks.
      if (source.size < at + 2 * BLOCK) return cutOff(at + 2 * BLOCK, source.size);
      break;
    }
    const member = parseMember(block, at + BLOCK);
    if (member === undefined) return bad('backup.damaged');
    members.push(member);
    at = member.at + Math.ceil(member.size / BLOCK) * BLOCK;
    if (at > source.size) return cutOff(at, source.size);
  }
  const foreign = members.filter(member => member.foreign).length;
  if (foreign > 0) return bad('backup.foreign-members', { unit: 'entries', expected: 0, observed: foreign });
  return tocWhole(source, members);
}

async function tocWhole(source: ByteSource, members: readonly Member[]): Promise<Whole> {
  const toc = members.find(member => member.name === 'toc.dat');
  if (toc === undefined) return bad('backup.damaged');
  const inside: ByteSource = {
    size: toc.size,
    read: (from, length) => source.read(toc.at + from, Math.max(0, Math.min(length, toc.size - from))),
  };
  const names = new Set(members.map(member => member.name));
  return readingArchive(inside, async () => {
    let named = 0;
    let missing = 0;
    for await (const { kind, hasData, file } of readToc(inside, parseArchiveHeader(await inside.read(0, HEADER_BYTES)))) {
      if (!hasData || file === null) continue;
      named += 1;
      // In tar format the entry of large objects names a file that is never written; their list has a name of its own.
      const there = kind === 'BLOBS' ? members.some(member => /^blobs.*\.toc$/.test(member.name)) : names.has(file);
      if (!there) missing += 1;
    }
    return missing === 0 ? WHOLE : bad('backup.files-missing', { unit: 'files', expected: named, observed: missing });
  });
}

/** Undefined if it is no header: its checksum is wrong, or its size makes no sense. */
function parseMember(block: Buffer, at: number): Member | undefined {
  const text = (from: number, length: number): string => block.toString('latin1', from, from + length).split('\0')[0] ?? '';
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== Number.parseInt(text(148, 8).trim(), 8)) return undefined;
  const size = sizeOf(block, text(124, 12));
  if (!Number.isSafeInteger(size) || size < 0) return undefined;
  const name = text(0, 100);
  const plainFile = [0, 48].includes(block[156] ?? 1) && text(157, 100) === '' && text(345, 155) === '';
  return { name, at, size, foreign: !plainFile || !isDirectoryFile(name) };
}

/** Octal digits; above 8 GiB a binary number, marked by its first bit. */
function sizeOf(block: Buffer, octal: string): number {
  if (((block[124] ?? 0) & 0x80) === 0) return /^[0-7 ]+$/.test(octal) ? Number.parseInt(octal.trim(), 8) : Number.NaN;
  return block.readUIntBE(130, 6);
}
