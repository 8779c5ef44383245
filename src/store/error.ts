import { isCode } from '../system/files.ts';

export type StoreErrorCode =
  | 'home-unwritable'
  | 'disk-full'
  | 'busy'
  | 'tool-missing'
  | 'ledger-altered'
  | 'key-loose'
  | 'key-missing'
  | 'bad-name'
  | 'not-found'
  | 'not-open'
  /** The ledger is shared, and no machine that may sign it has admitted this one. */
  | 'not-admitted'
  /** PostgreSQL with the state does not answer. The caller tries again. */
  | 'state-unreachable'
  /** A newer release has changed the tables. */
  | 'state-newer'
  | 'broke';

/** "Could not keep it." `hint` is a sentence that begins with a verb. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly hint: string;
  constructor(code: StoreErrorCode, message: string, rest: { readonly hint: string; readonly cause?: unknown }) {
    super(message, { cause: rest.cause });
    this.code = code;
    this.hint = rest.hint;
  }
}

/** What a system error means for whoever keeps things in this folder. A StoreError stays what it is. */
export function storeError(cause: unknown, path: string): StoreError {
  if (cause instanceof StoreError) return cause;
  const is = (...codes: readonly string[]): boolean => codes.some(code => isCode(cause, code));
  if (is('ENOSPC', 'EDQUOT', 'EFBIG')) {
    return new StoreError('disk-full', `${path}: expected room to write, the disk is full`, {
      hint: 'Free some space, then try again.',
      cause,
    });
  }
  if (is('EACCES', 'EPERM', 'EROFS', 'ENOTDIR')) {
    return new StoreError('home-unwritable', `${path}: expected a place that can be written, it cannot`, {
      hint: 'Set RESURGAM_HOME to a folder that this user may write, or mount it writable.',
      cause,
    });
  }
  return new StoreError('broke', `${path}: could not be read or written (${codeOf(cause)})`, {
    hint: 'Look at the disk and its mount.',
    cause,
  });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown cause';
}
