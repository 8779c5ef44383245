/**
 * Shannon's measure over byte values, in bits per byte: 8 is what encrypted and well compressed bytes have. With the correction of Miller and
 * Madow, without which a kilobyte of noise would look more orderly than a megabyte of it.
 */
export function entropyOf(bytes: Buffer): number {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  let bits = 0;
  let kinds = 0;
  for (const count of counts) {
    if (count === 0) continue;
    kinds += 1;
    bits -= (count / bytes.length) * Math.log2(count / bytes.length);
  }
  const missed = kinds === 0 ? 0 : (kinds - 1) / (2 * bytes.length * Math.LN2);
  return Math.round(Math.min(8, bits + missed) * 100) / 100;
}
