import type { Entry } from '../dump-files/store.ts';
import type { OuterCompression } from '../dump-files/wrapping.ts';

/** What `fetch` and `restore` must know of an export. */
export interface LdifHandle {
  readonly compression: OuterCompression;
  readonly entry: Entry;
  /** Where the settings are (`slapcat -n 0`), if they lie among the exports. */
  readonly configEntry: Entry | null;
  /** From a manifest. */
  readonly sha256: string | null;
  /** Name of its first entry: never recorded. */
  readonly suffix: string;
  /** Name of the topmost entry that the plan says: never recorded. */
  readonly wanted: string | null;
  /** Name in the staging folder of the settings, once they are there. */
  readonly config: string | null;
}

export const STAGED_FILE = 'directory.ldif';
export const STAGED_CONFIG = 'config.ldif';

/** The handle as it came out of JSON or of another process. */
export function readHandle(handle: Readonly<Record<string, unknown>>): LdifHandle {
  return handle as unknown as LdifHandle;
}
