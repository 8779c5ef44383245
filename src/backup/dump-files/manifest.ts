import { finding, type Finding } from '../../finding/finding.ts';
import { basename, dirname, join } from 'node:path/posix';
import type { Entry } from './store.ts';

/** What someone wrote down about a backup when it was made. */
export interface ManifestFacts {
  readonly sha256: string | null;
  /** ISO with a zone. */
  readonly consistentAt: string | null;
}

const LARGEST = 1 << 20;
export const NOTHING: ManifestFacts = { sha256: null, consistentAt: null };

/** Looks for `<file>.sha256`, `SHA256SUMS` in its folder and `<file>.json`. A manifest that cannot be read says nothing. */
export async function manifestOf(
  key: string,
  manifests: ReadonlyMap<string, Entry>,
  read: (entry: Entry) => Promise<Buffer>,
): Promise<ManifestFacts> {
  if (manifests.size === 0) return NOTHING;
  const text = async (of: string): Promise<string> => {
    const entry = manifests.get(of);
    return entry === undefined || entry.size > LARGEST ? '' : (await read(entry)).toString('utf8');
  };
  const folder = dirname(key);
  const json = readJson(await text(`${key}.json`));
  const names = [`${key}.sha256`, `${key}.sha256sum`, join(folder, 'SHA256SUMS'), join(folder, 'SHA256SUMS.txt')];
  let sha256 = json.sha256;
  for (const name of names) sha256 ??= readSums(await text(name), basename(key), name.includes('SHA256SUMS'));
  return { sha256, consistentAt: json.consistentAt };
}

/** Lines of sha256sum, plain or `--tag`. A file of one bare digest counts for the file that it is named after. */
function readSums(text: string, name: string, several: boolean): string | null {
  for (const line of text.split('\n')) {
    const match =
      /^\\?([0-9a-f]{64})(?: [ *](.+))?$/i.exec(line.trimEnd()) ?? swap(/^SHA256 \((.+)\) = ([0-9a-f]{64})$/i.exec(line.trimEnd()));
    if (match?.[1] === undefined) continue;
    if (!several || basename(match[2] ?? '') === name) return match[1].toLowerCase();
  }
  return null;
}

function swap(match: RegExpExecArray | null): readonly (string | undefined)[] | null {
  return match === null ? null : [match[0], match[2], match[1]];
}

function readJson(text: string): ManifestFacts {
  try {
    const value = JSON.parse(text) as { sha256?: unknown; consistentAt?: unknown } | null;
    const sha256 = typeof value?.sha256 === 'string' && /^[0-9a-f]{64}$/i.test(value.sha256) ? value.sha256.toLowerCase() : null;
    return { sha256, consistentAt: typeof value?.consistentAt === 'string' ? readMoment(value.consistentAt) : null };
  } catch {
    return NOTHING;
  }
}

/** Only with a zone: without one it would be a guess. */
function readMoment(text: string): string | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** What somebody wrote down when the backup was made binds: other bytes are another backup. */
export function digestFindings(expected: string | null, observed: string): readonly Finding[] {
  if (expected === null || expected === observed) return [];
  return [finding('backup.digest-mismatch', 'failed', { probe: 'backup', unit: 'SHA-256', expected, observed })];
}
