import type { Problem } from './plan.ts';

/** What is wrong with a whole file or folder. */
export function problemOf(file: string, message: string, hint: string | null): Problem {
  return { severity: 'error', file, line: 1, column: 1, path: '', message, hint };
}

export function unreadable(file: string, error: unknown): Problem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return problemOf(file, `could not be read (${code})`, code === 'EACCES' ? 'Allow this user to read it.' : null);
}
