/** What a tool that restores files says of them (`Restored.says.files`), for whoever compares it with what came back. `null`: it does not say. */
export interface SaidOfFiles {
  /** Regular files, each name counted once. */
  readonly files: number | null;
  /** Their bytes, holes counted as if they were filled. */
  readonly bytes: number | null;
  /** Files with extended attributes or access lists. */
  readonly attributed: number | null;
  /** Path, below the restored folder, of a list of digests as `sha256sum` writes it. May hold names: never recorded. */
  readonly digests: string | null;
}

const NOTHING: SaidOfFiles = { files: null, bytes: null, attributed: null, digests: null };

/** As a probe finds it: whatever the tool left out is not said. */
export function saidOfFiles(says: Readonly<Record<string, unknown>>): SaidOfFiles {
  const said = says['files'];
  return typeof said === 'object' && said !== null ? { ...NOTHING, ...said } : NOTHING;
}
