import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { s3Requests, type S3Requests } from './s3-client.ts';
import { asS3Error, retry, S3Error } from './s3-error.ts';
import { configOf, exactly, keepToOurselves, type S3Place } from './s3.ts';

/** One version of an object, or the mark that one was deleted. */
export interface S3Version {
  readonly key: string;
  /** `null` in a bucket that keeps no versions. */
  readonly versionId: string | null;
  readonly modifiedAt: string;
  readonly deleted: boolean;
  /** The present one of its key. */
  readonly latest: boolean;
  readonly size: number;
  readonly etag: string | null;
  readonly storageClass: string;
}

/** What a bucket says of one object beside its bytes. */
export interface S3Facts {
  readonly size: number;
  readonly etag: string | null;
  /** Checksums of the whole, base64, by their name in lower case, such as `sha256`. */
  readonly checksums: Readonly<Record<string, string>>;
  readonly encryption: string | null;
  /** Until when nobody can delete it; `null`: governance and no lock at all do not hold anybody off. */
  readonly lockedUntil: string | null;
  readonly legalHold: boolean;
  /** `COMPLETED`, `PENDING`, `FAILED`, `REPLICA`; `null`: no rule covers it. */
  readonly replication: string | null;
}

export interface S3Versions {
  /** Every version and every deletion below the prefix, page by page. */
  list(prefix: string, stop: AbortSignal): AsyncIterable<S3Version>;
  facts(of: Pick<S3Version, 'key' | 'versionId'>, stop: AbortSignal): Promise<S3Facts>;
  /** The whole object as it comes. One attempt. */
  open(of: Pick<S3Version, 'key' | 'versionId'>, stop: AbortSignal): Promise<S3Facts & { readonly body: AsyncIterable<Buffer> }>;
  retrying<T>(attempt: () => Promise<T>, stop: AbortSignal): Promise<T>;
  close(): void;
}

/** A bucket with its versions. Opens nothing yet: the first request does. */
export function openVersions(place: S3Place): S3Versions {
  keepToOurselves();
  const client = s3Requests(configOf(place));
  const retrying = <T>(attempt: () => Promise<T>, stop: AbortSignal): Promise<T> => retry(attempt, { stop, onRetry: () => undefined });
  const at = ({
    key,
    versionId,
  }: Pick<S3Version, 'key' | 'versionId'>): { Bucket: string; Key: string; VersionId?: string; ChecksumMode: 'ENABLED' } => ({
    ...{ Bucket: place.bucket, Key: key, ChecksumMode: 'ENABLED' },
    ...(versionId === null ? {} : { VersionId: versionId }),
  });
  const asked = <T>(sending: Promise<T>, stop: AbortSignal): Promise<T> =>
    sending.catch((error: unknown) => {
      throw asS3Error(error, stop);
    });
  return {
    list: (prefix, stop) => pages({ client, bucket: place.bucket, prefix, retrying }, stop),
    facts: (of, stop) => retrying(async () => factsIn(await asked(client.head(at(of), stop), stop)), stop),
    open: async (of, stop) => {
      const answer = await asked(client.get(at(of), stop), stop);
      const body = answer.Body as Readable | undefined;
      if (body === undefined) throw new S3Error('network', 'the answer has no body');
      const facts = factsIn(answer);
      return { ...facts, body: exactly(body, { length: facts.size, stop }) };
    },
    retrying,
    close: () => client.close(),
  };
}

interface Listing {
  readonly client: S3Requests;
  readonly bucket: string;
  readonly prefix: string;
  readonly retrying: S3Versions['retrying'];
}

/** A server that hands out the same page again would be listed for ever: its markers must go on. */
async function* pages({ client, bucket, prefix, retrying }: Listing, stop: AbortSignal): AsyncGenerator<S3Version> {
  const seen = new Set<string>();
  let from: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const input = { Bucket: bucket, Prefix: prefix, ...from };
    const page = await retrying(
      () =>
        client.versions(input, stop).catch((error: unknown) => {
          throw asS3Error(error, stop);
        }),
      stop,
    );
    for (const one of page.Versions ?? [])
      yield versionOf(one, { deleted: false, size: one.Size ?? 0, etag: one.ETag, storageClass: one.StorageClass });
    for (const one of page.DeleteMarkers ?? []) yield versionOf(one, { deleted: true, size: 0 });
    if (page.IsTruncated !== true) return;
    from = {
      ...(page.NextKeyMarker === undefined ? {} : { KeyMarker: page.NextKeyMarker }),
      ...(page.NextVersionIdMarker === undefined ? {} : { VersionIdMarker: page.NextVersionIdMarker }),
    };
    const mark = JSON.stringify(from);
    if (from.KeyMarker === undefined || seen.has(mark)) throw new S3Error('network', 'the listing of the bucket repeats itself');
    seen.add(mark);
  }
}

interface Listed {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
  readonly IsLatest?: boolean | undefined;
  readonly LastModified?: Date | undefined;
}

function versionOf(
  one: Listed,
  is: { readonly deleted: boolean; readonly size: number; readonly etag?: string | undefined; readonly storageClass?: string | undefined },
): S3Version {
  if (one.Key === undefined || one.LastModified === undefined)
    throw new S3Error('network', 'the listing of the bucket lacks names or dates');
  return {
    key: one.Key,
    // A bucket that never kept versions calls the only one of each object "null"; to read that one needs no right to read versions.
    versionId: one.VersionId === undefined || (one.VersionId === 'null' && one.IsLatest === true) ? null : one.VersionId,
    latest: one.IsLatest === true,
    modifiedAt: one.LastModified.toISOString(),
    ...{ deleted: is.deleted, size: is.size, etag: is.etag?.replaceAll('"', '') ?? null, storageClass: is.storageClass ?? 'STANDARD' },
  };
}

/** Checksums of several parts together (`…-3`) are none of the whole. */
function factsIn(answer: HeadObjectCommandOutput | GetObjectCommandOutput): S3Facts {
  const given = { sha256: answer.ChecksumSHA256, sha1: answer.ChecksumSHA1, crc32: answer.ChecksumCRC32 };
  const checksums = Object.fromEntries(Object.entries(given).filter(([, sum]) => sum !== undefined && !sum.includes('-'))) as Record<
    string,
    string
  >;
  const until = answer.ObjectLockMode === 'COMPLIANCE' ? answer.ObjectLockRetainUntilDate : undefined;
  return {
    size: answer.ContentLength ?? 0,
    etag: answer.ETag?.replaceAll('"', '') ?? null,
    checksums,
    encryption: answer.SSECustomerAlgorithm === undefined ? (answer.ServerSideEncryption ?? null) : 'customer',
    lockedUntil: until?.toISOString() ?? null,
    legalHold: answer.ObjectLockLegalHoldStatus === 'ON',
    replication: answer.ReplicationStatus ?? null,
  };
}
