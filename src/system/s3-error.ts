import type { S3ServiceException } from '@aws-sdk/client-s3';
import { setTimeout as wait } from 'node:timers/promises';

/** `refused`: key, signature or permission. `changed`: not the object that was listed. `network`: no usable answer, also after retries. */
export type S3ErrorCode = 'no-bucket' | 'refused' | 'gone' | 'changed' | 'archived' | 'network' | 'stopped';

/** "Could not." Carries the service's own error name, never its message: that repeats keys. */
export class S3Error extends Error {
  override readonly name = 'S3Error';
  readonly code: S3ErrorCode;
  constructor(code: S3ErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 100;

/** Repeats what a second attempt may mend, with growing pauses. Other errors (a full disk, say) pass at once and unchanged. */
export async function retry<T>(attempt: () => Promise<T>, how: { readonly stop: AbortSignal; onRetry(): void }): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof S3Error) || error.code !== 'network' || tried >= ATTEMPTS) throw error;
      how.onRetry();
      const pause = FIRST_PAUSE_MS * 2 ** (tried - 1) * (0.5 + Math.random());
      await wait(pause, undefined, { signal: how.stop }).catch(() => undefined);
    }
  }
}

const REFUSED = new Set([
  'AccessDenied',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
  'RequestTimeTooSkewed',
]);

/** The service's answers as our codes. Server errors and everything that never got an answer may be tried again. */
export function asS3Error(error: unknown, stop: AbortSignal): S3Error {
  if (error instanceof S3Error) return error;
  if (stop.aborted) return new S3Error('stopped', 'stopped', error);
  if (!isAnswer(error)) return new S3Error('network', 'no usable answer from the object store', error);
  const status = error.$metadata.httpStatusCode ?? 0;
  const says = `the object store answered ${status} ${error.name}`;
  if (error.name === 'NoSuchBucket') return new S3Error('no-bucket', says, error);
  if (error.name === 'InvalidObjectState') return new S3Error('archived', says, error);
  if (REFUSED.has(error.name) || status === 401 || status === 403) return new S3Error('refused', says, error);
  if (error.name === 'NoSuchKey' || status === 404) return new S3Error('gone', says, error);
  if (status === 412) return new S3Error('changed', says, error);
  if (status === 416) return new S3Error('changed', says, error);
  if (status === 301 || status === 307 || status === 400) return new S3Error('refused', `${says}: is the region right?`, error);
  return new S3Error('network', says, error);
}

/** What the service answered; by its shape, so that nobody loads the SDK only to ask. */
function isAnswer(error: unknown): error is S3ServiceException {
  return error instanceof Error && '$metadata' in error && '$fault' in error;
}
