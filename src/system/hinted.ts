/** An error of one of the stages: it has a code and says what to do. */
export interface HintedError extends Error {
  readonly code: string;
  readonly hint: string;
}

export function isHinted(error: unknown): error is HintedError {
  return error instanceof Error && 'hint' in error && typeof error.hint === 'string' && 'code' in error && typeof error.code === 'string';
}
