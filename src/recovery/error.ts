/** "Could not recover", and what to do. What was done before stays done, and can be resumed. */
export class RecoveryError extends Error {
  override readonly name = 'RecoveryError';
  /** `step-failed`: the backup, or what was made of it, is bad; `broke`: this machine or the way to the backup is. */
  readonly code: 'refused' | 'step-failed' | 'broke' | 'stopped';
  readonly hint: string;
  constructor(code: RecoveryError['code'], message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}
