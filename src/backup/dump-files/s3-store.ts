import { isCode } from '../../system/files.ts';
import { download } from '../../system/download.ts';
import { openBucket, type S3Bucket, type S3Place } from '../../system/s3.ts';
import { S3Error } from '../../system/s3-error.ts';
import { BackupError, type BackupErrorCode } from '../backup.ts';
import type { PlaceOptions } from './place-options.ts';
import type { CopyTo, Entry, Store } from './store.ts';

const PART_BYTES = 8 << 20;
const PARALLEL = 4;

/** Where a store in a bucket is, and with what it is opened. */
export interface S3Request {
  readonly bucket: string;
  readonly prefix: string;
  readonly location: string;
  readonly options: PlaceOptions;
  readonly env: Readonly<Record<string, string>>;
}

/** A prefix of a bucket. `s3://bucket/ehr` holds `ehr/…` and the object `ehr` itself, not `ehr-old/…`. */
export function openS3(request: S3Request): Store {
  const bucket = openBucket(placeOf(request));
  const { prefix } = request;
  const root = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  const keyOf = (entry: Entry): string => (entry.key === '' ? prefix : root + entry.key);
  return {
    location: request.location,
    entries: stop => entriesOf(bucket, { prefix, root }, stop),
    read: (entry, { from, length }, stop) => {
      const wanted = Math.max(0, Math.min(length, entry.size - from));
      return translated(() => bucket.read(keyOf(entry), { from, length: wanted, etag: entry.etag }, stop));
    },
    again: entry => Promise.resolve(entry),
    copy: (entry, to, stop) => translated(() => copyObject(bucket, { key: keyOf(entry), entry, to }, stop)),
    [Symbol.asyncDispose]: () => {
      bucket.close();
      return Promise.resolve();
    },
  };
}

export function placeOf({ bucket, options, env }: Pick<S3Request, 'bucket' | 'options' | 'env'>): S3Place {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = env;
  const given = accessKeyId !== undefined && secretAccessKey !== undefined;
  const endpoint = options.endpoint ?? null;
  return {
    bucket,
    endpoint,
    region: options.region ?? 'us-east-1',
    pathStyle: options.pathStyle ?? endpoint !== null,
    credentials: given ? { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } : null,
  };
}

async function* entriesOf(bucket: S3Bucket, at: { prefix: string; root: string }, stop: AbortSignal): AsyncGenerator<Entry> {
  try {
    for await (const { key, size, modifiedAt, etag } of bucket.list(at.prefix, stop)) {
      // Consoles make empty objects that stand for folders.
      if (key.endsWith('/') && size === 0) continue;
      if (key === at.prefix) yield { key: '', size, modifiedAt, etag };
      else if (key.startsWith(at.root)) yield { key: key.slice(at.root.length), size, modifiedAt, etag };
    }
  } catch (error) {
    throw asBackupError(error);
  }
}

async function copyObject(bucket: S3Bucket, what: { key: string; entry: Entry; to: CopyTo }, stop: AbortSignal): Promise<string> {
  const { key, entry, to } = what;
  return download(
    {
      file: to.file,
      size: entry.size,
      identity: `${entry.etag ?? 'no-etag'} ${entry.modifiedAt}`,
      partBytes: PART_BYTES,
      parallel: PARALLEL,
      fill: (part, inner) => bucket.fill(key, { ...part, etag: entry.etag }, inner),
      retrying: attempt => bucket.retrying(attempt, stop),
      progress: done => to.progress(done),
    },
    stop,
  );
}

/** What an object store answers, as our codes. */
export async function translated<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw asBackupError(error);
  }
}

const CODES: Readonly<Record<S3Error['code'], { readonly code: BackupErrorCode; readonly hint: string }>> = {
  'no-bucket': { code: 'store-missing', hint: 'Check the bucket in backup.from, and the endpoint and region.' },
  refused: {
    code: 'credentials-refused',
    hint: 'Check the access key, its secret, the region, and that it may list the bucket and read its objects.',
  },
  gone: { code: 'object-gone', hint: 'See whether a retention rule removed the backup meanwhile, and start the drill again.' },
  changed: {
    code: 'bytes-changed',
    hint: 'See whether the backup job was replacing the object, and start the drill again when it has ended.',
  },
  archived: {
    code: 'store-unreadable',
    hint: 'The object is in an archive class: order its retrieval first, and count that time in the RTO.',
  },
  network: { code: 'network', hint: 'Check that the endpoint can be reached from here and answers, then start the drill again.' },
  stopped: { code: 'stopped', hint: 'Start the drill again: it continues where it was.' },
};

export function asBackupError(error: unknown): BackupError {
  if (error instanceof BackupError) return error;
  if (error instanceof S3Error)
    return new BackupError(CODES[error.code].code, error.message, { hint: CODES[error.code].hint, cause: error });
  if (isCode(error, 'ENOSPC') || isCode(error, 'EDQUOT') || isCode(error, 'EFBIG')) {
    return new BackupError('staging-full', 'no space left for the staged backup', {
      hint: 'Free disk space below RESURGAM_HOME, or raise limits.disk in the plan.',
      cause: error,
    });
  }
  return new BackupError('store-unreadable', 'the staged backup could not be written', {
    hint: 'See whether the disk below RESURGAM_HOME is sound.',
    cause: error,
  });
}
