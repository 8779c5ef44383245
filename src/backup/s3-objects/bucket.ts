import { S3Error } from '../../system/s3-error.ts';
import { openBucket, type S3Bucket } from '../../system/s3.ts';
import { openVersions, type S3Version, type S3Versions } from '../../system/s3-versions.ts';
import { BackupError, type StoreAccess } from '../backup.ts';
import { bucketOf } from '../dump-files/place-options.ts';
import { asBackupError, placeOf, translated } from '../dump-files/s3-store.ts';
import { readOptions } from './options.ts';

/** The bucket of a plan, and where its keys begin. */
export interface Bucket extends Disposable {
  readonly versions: S3Versions;
  readonly plain: S3Bucket;
  /** What every key of it begins with: empty, or with a slash at its end. */
  readonly root: string;
  readonly location: string;
}

export function openBucketOf(access: StoreAccess): Bucket {
  const options = readOptions(access.section);
  const { bucket, prefix } = bucketOf(options.from) ?? { bucket: '', prefix: '' };
  const place = placeOf({ bucket, options, env: access.env });
  const [versions, plain] = [openVersions(place), openBucket(place)];
  const root = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const close = (): void => {
    versions.close();
    plain.close();
  };
  return { versions, plain, root, location: options.from, [Symbol.dispose]: close };
}

/** Every version below the prefix. Throws BackupError. */
export async function historyOf({ versions, plain, root }: Bucket, stop: AbortSignal): Promise<readonly S3Version[]> {
  if (stop.aborted) throw new BackupError('stopped', 'stopped while reading the bucket', { hint: 'Start the drill again.' });
  try {
    return await allOf(versions.list(root, stop));
  } catch (error) {
    if (!(error instanceof S3Error) || error.code !== 'refused') throw asBackupError(error);
    // Who may not list versions may list what is there now.
    const present = await translated(() => allOf(plain.list(root, stop)));
    return present.map(object => ({ ...object, versionId: null, deleted: false, latest: true, storageClass: 'STANDARD' }));
  }
}

async function allOf<T>(pages: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const one of pages) all.push(one);
  return all;
}
