import type { Wrapping } from '../opening.ts';

export type Format = 'tar' | 'cpio' | 'zip';

/** What a file's name says of an archive. */
export interface ArchiveName {
  /** Name of the whole, without the part's number. */
  readonly whole: string;
  readonly format: Format;
  readonly wrapping: Wrapping | 'none';
  /** Which part it is, as its name counts; `null`: it is the whole. */
  readonly part: number | null;
}

const SHORT: Readonly<Record<string, Wrapping>> = { tgz: 'gzip', tbz: 'bzip2', tbz2: 'bzip2', txz: 'xz', tzst: 'zstd', tlz4: 'lz4' };
const LONG: Readonly<Record<string, Wrapping>> = { gz: 'gzip', bz2: 'bzip2', xz: 'xz', zst: 'zstd', lz4: 'lz4' };
const NAME = /^(.+\.(?:(tar|cpio|zip)|(tgz|tbz2?|txz|tzst|tlz4))(?:\.(gz|bz2|xz|zst|lz4))?)(?:\.(?:part)?(\d{1,4}|[a-z]{2,3}))?$/i;

/** Letters that other files bear, beside an archive or around it. `split` comes to them only after many parts. */
export const OTHER_LETTERS = /\.(?:gpg|pgp|age|enc|aes|asc|sig|log|lst|txt|md|ok|tmp|bak|old|new)$/i;

/** Undefined: by its name it is no archive. */
export function archiveName(name: string): ArchiveName | undefined {
  const [, whole, format, short, long, part] = NAME.exec(name) ?? [];
  if (whole === undefined) return undefined;
  const wrapping = SHORT[short?.toLowerCase() ?? ''] ?? LONG[long?.toLowerCase() ?? ''] ?? 'none';
  return { whole, format: (format?.toLowerCase() ?? 'tar') as Format, wrapping, part: part === undefined ? null : numberOf(part) };
}

/** `split` counts aa, ab, …; others 001, 002, … */
function numberOf(part: string): number {
  if (/^\d/.test(part)) return Number(part);
  let number = 0;
  for (const letter of part.toLowerCase()) number = number * 26 + letter.charCodeAt(0) - 97;
  return number;
}

/** What bytes begin with, whatever the name says. */
export function formatOf(head: Buffer): Format | Wrapping | undefined {
  const magic = head.toString('hex', 0, 6);
  for (const [start, format] of MAGIC) if (magic.startsWith(start)) return format;
  if (head.length >= 262 && head.toString('latin1', 257, 262) === 'ustar') return 'tar';
  // Before POSIX a tar archive had no mark but the sum of its first block.
  return head.length >= 512 && isTarHeader(head) ? 'tar' : undefined;
}

const MAGIC: readonly (readonly [string, Format | Wrapping])[] = [
  ['1f8b', 'gzip'],
  ['28b52ffd', 'zstd'],
  ['04224d18', 'lz4'],
  ['fd377a585a00', 'xz'],
  ['425a68', 'bzip2'],
  ['504b0304', 'zip'],
  ['504b0506', 'zip'],
  ['303730373031', 'cpio'],
  ['303730373032', 'cpio'],
  ['303730373037', 'cpio'],
];

/** Whether the sum of a tar header is right, counted as signed or unsigned bytes. Two blocks of zeros end an archive. */
export function isTarHeader(block: Buffer): boolean {
  const said = Number.parseInt(block.toString('latin1', 148, 156).replaceAll(/[\0 ]/g, ' ').trim(), 8);
  let sum = 0;
  for (let at = 0; at < 512; at += 1) sum += at >= 148 && at < 156 ? 32 : (block[at] ?? 0);
  return sum === said;
}
