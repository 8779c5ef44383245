/** What people and tools append to the name of a file that they encrypted. */
export const SEALED_NAME = /\.(?:gpg|pgp|age|enc|aes|asc)$/i;

/** Whether a file begins as what age, OpenPGP or openssl made: perhaps a good backup, but not one that can be opened here. */
export function isEncrypted(head: Buffer): boolean {
  return /^(?:age-encryption\.org\/|-----BEGIN (?:PGP MESSAGE|AGE )|Salted__)/.test(head.toString('latin1', 0, 40)) || isOpenPgp(head);
}

/** So many first bytes are enough to tell. */
export const SEALED_HEAD_BYTES = 512;

/** The same of a file that has a name: what says no word of itself is believed to be encrypted if its name says so. A message of an error is none. */
export function isSealed(name: string, head: Buffer): boolean {
  return isEncrypted(head) || (SEALED_NAME.test(name) && !isText(head));
}

/** Of bytes without any order two in three are neither a letter nor a sign of ASCII. */
function isText(head: Buffer): boolean {
  const odd = head.filter(byte => byte > 126 || (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13)).length;
  return odd < head.length / 4;
}

/** Packets: a session key, encrypted to a public key or by a passphrase, comes first. A text with such a first byte has no control characters behind it. */
function isOpenPgp(head: Buffer): boolean {
  const [first = 0, length = 0] = head;
  const version = head[lengthOfHeader(first, length)] ?? 0;
  return version >= 2 && version <= 6;
}

/** Packets have a header in the old or the new format; beyond the end for what is none. */
function lengthOfHeader(first: number, length: number): number {
  if (first === 0x84 || first === 0x8c) return 2;
  if (first === 0x85 || first === 0x8d) return 3;
  if (first !== 0xc1 && first !== 0xc3) return Number.POSITIVE_INFINITY;
  if (length < 192) return 2;
  return length < 224 ? 3 : 6;
}
