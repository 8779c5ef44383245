import { createHash } from 'node:crypto';
import { open } from '../../system/files.ts';
import { crc32 } from '../../system/hash.ts';
import { S3Error } from '../../system/s3-error.ts';
import type { S3Facts, S3Version, S3Versions } from '../../system/s3-versions.ts';

/** What came of one object. `whole`: its bytes have the checksum that the store keeps; `unproved`: it keeps none that we know. */
export interface Saved {
  readonly is: 'whole' | 'unproved' | 'damaged' | 'asleep';
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes one object into a file. One attempt; it begins anew each time. */
export async function saveObject(
  versions: S3Versions,
  { object, file }: { readonly object: S3Version; readonly file: string },
  stop: AbortSignal,
): Promise<Saved> {
  const { body, ...facts } = await versions.open(object, stop);
  if (facts.size !== object.size || (object.etag !== null && facts.etag !== object.etag))
    throw new S3Error('changed', 'the object is not the one that was listed');
  const [sha256, sha1, md5] = [createHash('sha256'), createHash('sha1'), createHash('md5')];
  let [sum, bytes] = [0, 0];
  const target = await open(file, 'w', 0o600);
  try {
    for await (const chunk of body) {
      for (const hash of [sha256, sha1, md5]) hash.update(chunk);
      sum = crc32(chunk, sum);
      bytes += chunk.length;
      await target.writeFile(chunk);
    }
  } finally {
    await target.close();
  }
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(sum);
  const digest = sha256.digest();
  const own: Own = {
    md5: md5.digest('hex'),
    checksums: { sha256: digest.toString('base64'), sha1: sha1.digest('base64'), crc32: crc.toString('base64') },
  };
  return { is: verdictOn(own, facts), bytes, sha256: digest.toString('hex') };
}

interface Own {
  readonly md5: string;
  readonly checksums: Readonly<Record<string, string>>;
}

/** An ETag is the MD5 of the bytes unless there are several parts, or a key of its own encrypts them. */
function verdictOn(own: Own, { checksums, etag, encryption }: S3Facts): Saved['is'] {
  const known = Object.entries(checksums);
  if (known.length > 0) return known.every(([name, sum]) => own.checksums[name] === sum) ? 'whole' : 'damaged';
  const isMd5 = etag !== null && /^[0-9a-f]{32}$/.test(etag) && (encryption === null || encryption === 'AES256');
  if (!isMd5) return 'unproved';
  return etag === own.md5 ? 'whole' : 'damaged';
}
