/** "Could not recover", and what to do. What was done before stays done, and can be resumed. */
export class RecoveryError extends Error {
  override readonly name = 'RecoveryError';
  readonly code: 'refused' | 'step-failed' | 'stopped';
  readonly hint: string;
  constructor(code: RecoveryError['code'], message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
