/** What stands at a path. */
export interface Looked {
  readonly kind: 'file' | 'folder' | 'missing' | 'other';
  /** Of a file: another one once it was changed. Undefined: it was changed just now, and the next change may not show. */
  readonly stamp: string | undefined;
}

/** How plans are found on a disk (or in a test). Paths that it is given may be relative; it says what they are absolutely. */
export interface PlanFiles {
  absolute(path: string): string;
  /** What stands there, links followed. */
  look(path: string): Promise<Looked>;
  /** Names of what a folder holds, sorted. Rejects with an error whose `code` says why (`EACCES`). */
  names(folder: string): Promise<readonly string[]>;
  /** At most `limit` bytes. Rejects like `names`. */
  read(file: string, limit: number): Promise<Uint8Array>;
}
