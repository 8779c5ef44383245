import type { Path } from './yaml.ts';

/** Something that the second pass noticed; the loader gives it its line and column. */
export interface Remark {
  readonly severity: 'error' | 'warning';
  readonly path: Path;
  /** Lower case, no full stop. */
  readonly message: string;
  /** A sentence that begins with a verb. */
  readonly hint: string | null;
}

export function refuse(path: Path, message: string, hint: string | null = null): Remark {
  return { severity: 'error', path, message, hint };
}

export function warn(path: Path, message: string, hint: string | null = null): Remark {
  return { severity: 'warning', path, message, hint };
}
