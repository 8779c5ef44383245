import type { S3ClientConfig } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { RangeClient } from './range-client.ts';
import { s3Requests, type S3Requests } from './s3-client.ts';
import { asS3Error, retry, S3Error } from './s3-error.ts';
import { encodePath, signedHeaders } from './s3-signature.ts';

/** Where a bucket is and with what it is opened. Without keys the requests are not signed. */
export interface S3Place {
  readonly bucket: string;
  readonly endpoint: string | null;
  readonly region: string;
  readonly pathStyle: boolean;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string } | null;
}

export interface S3Object {
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: string;
  /** Without quotes. */
  readonly etag: string | null;
}

export interface S3Bucket {
  /** Every object below the prefix, page by page. */
  list(prefix: string, stop: AbortSignal): AsyncIterable<S3Object>;
  /** Bytes of one range as they come. One attempt; what the caller took and then lost it must ask for again. */
  open(key: string, range: S3Range, stop: AbortSignal): Promise<AsyncIterable<Buffer>>;
  /** A large range straight into memory, of the length of `into`. One attempt. */
  fill(key: string, into: FillRange, stop: AbortSignal): Promise<void>;
  /** A small range at once, with retries. */
  read(key: string, range: S3Range, stop: AbortSignal): Promise<Buffer>;
  /** Runs an attempt that throws S3Error again while that may help. */
  retrying<T>(attempt: () => Promise<T>, stop: AbortSignal): Promise<T>;
  /** Requests that had to be repeated so far. */
  retries(): number;
  close(): void;
}

export interface S3Range {
  readonly from: number;
  readonly length: number;
  /** The object must still be this one. */
  readonly etag: string | null;
}

/** A range whose length is that of the memory it goes to. */
export interface FillRange {
  readonly from: number;
  readonly into: Buffer;
  readonly etag: string | null;
  /** Bytes more; negative when an attempt was lost. */
  onBytes(more: number): void;
}

const CONNECT_LIMIT_MS = 10_000;
/** A connection that says nothing for so long is given up. */
const SILENCE_LIMIT_MS = 20_000;

/** Opens nothing yet: the first request does. */
export function openBucket(place: S3Place): S3Bucket {
  keepToOurselves();
  const client = s3Requests(configOf(place));
  let retries = 0;
  const withRetries = <T>(attempt: () => Promise<T>, stop: AbortSignal): Promise<T> =>
    retry(attempt, { stop, onRetry: () => (retries += 1) });
  const open: Open = (key, range, stop) => openRange(client, { bucket: place.bucket, key, range }, stop);
  const ranges = new RangeClient(originOf(place), SILENCE_LIMIT_MS);
  return {
    list: (prefix, stop) => pages(attempt => withRetries(attempt, stop), { client, bucket: place.bucket, prefix, stop }),
    open,
    fill: (key, range, stop) => fillRange({ place, ranges, open }, { key, range }, stop),
    read: (key, range, stop) => withRetries(async () => collect(await open(key, range, stop), range.length), stop),
    retrying: withRetries,
    retries: () => retries,
    close: () => {
      ranges.close();
      client.close();
    },
  };
}

/**
 * The SDK looks for settings in the home folder, which a jail has not (it breaks on a user without one), and which would count beside the
 * plan. Its advice about future versions of Node is not for the people who run this program.
 */
export function keepToOurselves(): void {
  process.env['HOME'] ??= '/';
  process.env['AWS_CONFIG_FILE'] = '/dev/null';
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = '/dev/null';
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
}

export function configOf(place: S3Place): S3ClientConfig {
  return {
    region: place.region,
    ...(place.endpoint === null ? {} : { endpoint: place.endpoint }),
    forcePathStyle: place.pathStyle,
    // Without keys the request goes out unsigned: a public bucket answers, every other one says 403.
    ...(place.credentials === null
      ? { credentials: { accessKeyId: 'none', secretAccessKey: 'none' }, signer: { sign: request => Promise.resolve(request) } }
      : { credentials: place.credentials }),
    // We retry ourselves, so that attempts are counted and a stream that ends early is one of them.
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_LIMIT_MS,
      requestTimeout: SILENCE_LIMIT_MS,
      socketTimeout: SILENCE_LIMIT_MS,
      httpAgent: { keepAlive: true, maxSockets: 16 },
      httpsAgent: { keepAlive: true, maxSockets: 16 },
    },
  };
}

interface Pages {
  readonly client: S3Requests;
  readonly bucket: string;
  readonly prefix: string;
  readonly stop: AbortSignal;
}

type Retrying = <T>(attempt: () => Promise<T>) => Promise<T>;

/** A server that hands out the same page again would be listed for ever: that is noticed by the first key of each page. */
async function* pages(retrying: Retrying, { client, bucket, prefix, stop }: Pages): AsyncGenerator<S3Object> {
  const firstKeys = new Set<string>();
  let token: string | undefined;
  do {
    const input = { Bucket: bucket, Prefix: prefix, ...(token === undefined ? {} : { ContinuationToken: token }) };
    const page = await retrying(() =>
      client.list(input, stop).catch((error: unknown) => {
        throw asS3Error(error, stop);
      }),
    );
    const contents = page.Contents ?? [];
    const firstKey = contents[0]?.Key;
    if (firstKey !== undefined && firstKeys.has(firstKey)) throw new S3Error('network', 'the listing of the bucket repeats itself');
    if (firstKey !== undefined) firstKeys.add(firstKey);
    for (const { Key: key, Size: size, LastModified: modified, ETag: etag } of contents) {
      if (key === undefined || size === undefined || modified === undefined) continue;
      yield { key, size, modifiedAt: modified.toISOString(), etag: etag?.replaceAll('"', '') ?? null };
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

async function openRange(
  client: S3Requests,
  what: { bucket: string; key: string; range: S3Range },
  stop: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  const { from, length, etag } = what.range;
  if (length <= 0) return none();
  const input = {
    Bucket: what.bucket,
    Key: what.key,
    Range: `bytes=${from}-${from + length - 1}`,
    ...(etag === null ? {} : { IfMatch: `"${etag}"` }),
  };
  try {
    const answer = await client.get(input, stop);
    const body = answer.Body as Readable | undefined;
    if (body === undefined) throw new S3Error('network', 'the answer has no body');
    const answered = answer.ETag?.replaceAll('"', '') ?? null;
    if (etag !== null && answered !== null && answered !== etag) {
      body.destroy();
      throw new S3Error('changed', 'the object is not the one that was listed');
    }
    return exactly(body, { length, stop });
  } catch (error) {
    throw asS3Error(error, stop);
  }
}

type Open = (key: string, range: S3Range, stop: AbortSignal) => Promise<AsyncIterable<Buffer>>;

/** The short way first; whatever it is not sure of is asked again in the ordinary way, which knows every answer. */
async function fillRange(
  by: { place: S3Place; ranges: RangeClient; open: Open },
  what: { key: string; range: FillRange },
  stop: AbortSignal,
): Promise<void> {
  const { place, ranges } = by;
  const { from, into, etag } = what.range;
  let filled = 0;
  const onBytes = (more: number): void => {
    filled += more;
    what.range.onBytes(more);
  };
  try {
    const path = encodePath(place.pathStyle ? `/${place.bucket}/${what.key}` : `/${what.key}`);
    const signed = signedHeaders({ host: ranges.host, path, region: place.region }, place.credentials, new Date());
    const quoted = etag === null ? null : `"${etag}"`;
    const headers = quoted === null ? signed : { ...signed, 'if-match': quoted };
    if ((await ranges.read({ path, headers, from, into, etag: quoted, onBytes }, stop)) === 'filled') return;
    for await (const chunk of await by.open(what.key, { from, length: into.length, etag }, stop)) {
      chunk.copy(into, filled);
      onBytes(chunk.length);
    }
  } catch (error) {
    what.range.onBytes(-filled);
    throw asS3Error(error, stop);
  }
}

function originOf(place: S3Place): URL {
  const origin = new URL(place.endpoint ?? `https://s3.${place.region}.amazonaws.com`);
  if (!place.pathStyle) origin.hostname = `${place.bucket}.${origin.hostname}`;
  return origin;
}

/** Passes the bytes on and insists on their number: an answer that ends early is an error, not a short file. */
export async function* exactly(body: Readable, { length, stop }: { length: number; stop: AbortSignal }): AsyncGenerator<Buffer> {
  let taken = 0;
  let timer: NodeJS.Timeout | undefined;
  const silent = (): void => void body.destroy(new Error('no bytes for too long'));
  try {
    timer = setTimeout(silent, SILENCE_LIMIT_MS);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      timer.refresh();
      taken += chunk.length;
      if (taken > length) throw new S3Error('network', 'the answer is longer than what was asked for');
      yield chunk;
    }
  } catch (error) {
    throw asS3Error(error, stop);
  } finally {
    clearTimeout(timer);
    body.destroy();
  }
  if (taken < length) throw new S3Error('network', `expected ${length} bytes, got ${taken}`);
}

async function* none(): AsyncGenerator<Buffer> {
  // An empty range is not asked for: HTTP has no way to say it.
}

async function collect(chunks: AsyncIterable<Buffer>, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  for await (const chunk of chunks) filled += chunk.copy(bytes, filled);
  return bytes.subarray(0, filled);
}
