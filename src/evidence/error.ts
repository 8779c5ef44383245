export type EvidenceErrorCode = 'not-json' | 'not-allowed' | 'not-an-extension' | 'bad-key' | 'bad-checkpoint' | 'free-text';

/** "Could not make evidence." Names fields and rules, never the value that was refused: it might be what must not be written. */
export class EvidenceError extends Error {
  override readonly name = 'EvidenceError';
  readonly code: EvidenceErrorCode;
  readonly hint: string;
  constructor(code: EvidenceErrorCode, message: string, rest: { readonly hint: string; readonly cause?: unknown }) {
    super(message, { cause: rest.cause });
    this.code = code;
    this.hint = rest.hint;
  }
}
