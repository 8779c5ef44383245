/** Shannon's measure over byte values, in bits per byte: 8 is what encrypted and well compressed bytes have. */
export function entropyOf(bytes: Buffer): number {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / bytes.length) * Math.log2(count / bytes.length);
  return Math.round(bits * 100) / 100;
}
