import { hash } from 'node:crypto';

/** SHA-256 of the parts, one after the other. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  return hash('sha256', joined(parts), 'buffer');
}

/** The same in lower-case hex: how digests stand in statements. */
export function sha256Hex(...parts: readonly (Uint8Array | string)[]): string {
  return hash('sha256', joined(parts), 'hex');
}

/** In one piece, because hashing at once is twice as fast as setting up a hash for a line. */
function joined(parts: readonly (Uint8Array | string)[]): Uint8Array | string {
  const [first, ...more] = parts;
  return more.length === 0 ? (first ?? '') : Buffer.concat(parts.map(part => (typeof part === 'string' ? Buffer.from(part) : part)));
}

/** The bytes of standard base64 with padding; undefined for any other spelling, also for one that decoders would forgive. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
