import { isEncrypted } from '../encrypted.ts';
import { PREFIX_BYTES, unwrapPrefix, wrappingOf, type OuterCompression } from './wrapping.ts';

/** A file that no tool of ours can take for a backup, by its bytes. */
export type NoBackup =
  | { readonly kind: 'empty' | 'broken' | 'other' }
  | { readonly kind: 'unsupported'; readonly what: 'encrypted' | 'bzip2' | 'zstd is not installed' | 'xz is not installed' };

/** The beginning of a text, taken out of its compression. */
export interface FirstText {
  readonly kind: 'text';
  readonly text: string;
  readonly compression: OuterCompression;
}

const WANTED_BYTES = 65_536;
/** Nothing compressed, with a file name in it. */
const EMPTY_WRAPPED_BYTES = 64;

/** Opens the beginning (`read` gives up to that many first bytes) of a file of `size` bytes that should be a text. */
export async function firstText(size: number, read: (length: number) => Promise<Buffer>): Promise<FirstText | NoBackup> {
  if (size === 0) return { kind: 'empty' };
  const first = await read(WANTED_BYTES);
  const compression = wrappingOf(first);
  if (compression === 'other') return { kind: 'unsupported', what: 'bzip2' };
  if (compression === 'none') return textOf(first, 'none');
  const prefix = size > first.length ? await read(PREFIX_BYTES) : first;
  const opened = await unwrapPrefix(prefix, compression, WANTED_BYTES);
  if ('missing' in opened)
    return { kind: 'unsupported', what: opened.missing === 'zstd' ? 'zstd is not installed' : 'xz is not installed' };
  if (opened.bytes.length === 0) return { kind: size <= EMPTY_WRAPPED_BYTES ? 'empty' : 'broken' };
  return textOf(opened.bytes, compression);
}

function textOf(bytes: Buffer, compression: OuterCompression): FirstText | NoBackup {
  if (isEncrypted(bytes)) return { kind: 'unsupported', what: 'encrypted' };
  return { kind: 'text', text: bytes.toString('utf8'), compression };
}
